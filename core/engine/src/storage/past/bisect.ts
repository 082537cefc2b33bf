import { isFeaturesPath, relativePath } from "@vexil/flags/read/feature-paths";
import type { CommitInfo } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { AnswerChange, BisectProgress, BisectQuery, BisectResult, ExplainedAnswer } from "../../model/bisect.js";
import type { PastHistory, PastReader } from "../../model/past.js";
import { AnswersAt, changedItems, NOTHING, type StateAnswer } from "./answers-at.js";

/** Commits that are looked at of one history. */
const MOST = 100_000;

/** Circumstances of a search. */
export interface BisectOptions {
  readonly signal: AbortSignal;
  /** Time by `performance.now()` at which what was found is told, complete or not. */
  readonly until?: number;
  readonly progress?: BisectProgress;
  /** Changes are told with how the answers came about. */
  readonly explain?: boolean;
  /** Asked after each change that was found: true leaves the rest to another search. */
  readonly isEnough?: (change: AnswerChange) => boolean;
}

/**
 * Finds the commits at which a flag's answer for an entity changed: the latest, or all. The branch's own commits (first
 * parents) are looked at, newest first; states are built only where a commit touches files of flags, and the flag is
 * evaluated only where it or its segments differ.
 * @throws VexilError as {@link PastReader} does
 */
export async function bisect(past: PastReader, query: BisectQuery, options: BisectOptions): Promise<BisectResult> {
  const { environment } = query;
  const { signal } = options;
  const to = (await past.resolve(environment, query.to ?? "HEAD", signal)).revision;
  const from = query.from === undefined ? undefined : (await past.resolve(environment, query.from, signal)).revision;
  const answers = new AnswersAt(query, (revision) => past.snapshot(environment, revision, signal), signal);
  const found = await past.read(environment, signal, (history) =>
    new Bisection(history, answers, query, options).run(from, to),
  );
  if (found.known && found.changes.length === 0 && found.next === undefined) answers.requireExpected();
  return found;
}

class Bisection {
  readonly #history: PastHistory;
  readonly #answers: AnswersAt;
  readonly #query: BisectQuery;
  readonly #options: BisectOptions;
  readonly #changes: AnswerChange[] = [];
  /** Commits that the search does not go to. */
  #before: ReadonlySet<Oid> = new Set();
  #commits = 0;
  #isComplete = true;
  #isFull = false;
  #next: Oid | undefined;
  #skip: number | undefined;

  constructor(history: PastHistory, answers: AnswersAt, query: BisectQuery, options: BisectOptions) {
    this.#history = history;
    this.#answers = answers;
    this.#query = query;
    this.#options = options;
  }

  async run(from: Oid | undefined, to: Oid): Promise<BisectResult> {
    if (from !== undefined) {
      this.#before = await this.#reachedFrom(from);
      if (this.#before.has(to) && from !== to) {
        throw new VexilError("VEXIL_VALIDATION_REQUEST", "`from` is younger than `to`: give the older revision first");
      }
    }
    if (this.#query.all && this.#query.fullHistory) await this.#walkAll(to);
    else await this.#walkLine(to, this.#before, true);
    const { evaluated, isFlagKnown: known } = this.#answers;
    const skip = this.#skip === undefined ? {} : { skip: this.#skip };
    const next = this.#next === undefined ? {} : { next: this.#next, ...skip };
    return { changes: this.#changes, commits: this.#commits, evaluated, complete: this.#isComplete, known, ...next };
  }

  /**
   * Follows the first parents.
   * @param stop commits that are looked at as states to compare with only
   * @param isMain another search may go on where this one ends too early
   * @returns whether a change was found
   */
  async #walkLine(tip: Oid, stop: ReadonlySet<Oid>, isMain: boolean): Promise<boolean> {
    let found = false;
    let commit = await this.#commit(tip);
    let state = await this.#answers.at(tip);
    while (commit !== undefined && !stop.has(commit.oid)) {
      if (this.#isFull || this.#isLate()) {
        this.#isComplete = false;
        if (isMain) this.#next = commit.oid;
        return found;
      }
      const before = await this.#olderThan(commit, commit.parents[0], state);
      if (before === undefined) return found;
      if (this.#isWanted(before.state, state)) {
        found = true;
        await this.#tell(commit, before.state, state);
        if (!this.#query.all) return true;
      }
      commit = before.commit;
      state = before.state;
    }
    return found;
  }

  #isWanted(before: StateAnswer, after: StateAnswer): boolean {
    if (before === after) return false;
    if (this.#answers.differ(before.answer, after.answer)) return true;
    if (this.#query.unchanged !== true) return false;
    return changedItems(this.#query.namespace, before.definition, after.definition).length > 0;
  }

  /** Looks at every commit: one that differs from all of its parents has changed the answer. */
  async #walkAll(tip: Oid): Promise<void> {
    const seen = new Set<Oid>([tip]);
    const waiting: CommitInfo[] = [];
    const add = async (oid: Oid): Promise<void> => {
      const commit = this.#before.has(oid) ? undefined : await this.#commit(oid);
      if (commit !== undefined) waiting.push(commit);
    };
    await add(tip);
    // The order is always the same: a search goes on where another ended by passing over as many.
    const passed = this.#query.skip ?? 0;
    let count = 0;
    for (let commit = waiting.pop(); commit !== undefined; commit = waiting.pop(), count += 1) {
      if (count < passed) this.#options.signal.throwIfAborted();
      else if (this.#isFull || this.#isLate()) {
        this.#isComplete = false;
        this.#next = tip;
        this.#skip = count;
        return;
      } else await this.#lookAt(commit);
      for (const parent of commit.parents) {
        if (seen.has(parent)) continue;
        seen.add(parent);
        await add(parent);
      }
      waiting.sort((a, b) => a.committer.timestampMs - b.committer.timestampMs);
    }
  }

  async #lookAt(commit: CommitInfo): Promise<void> {
    const state = await this.#answers.at(commit.oid);
    const parents = commit.parents.length === 0 ? [undefined] : commit.parents;
    let changed: StateAnswer | undefined;
    for (const parent of parents) {
      const before = await this.#olderThan(commit, parent, state);
      if (before === undefined || !this.#isWanted(before.state, state)) return;
      changed ??= before.state;
    }
    if (changed !== undefined) await this.#add(commit, changed, state);
  }

  /** The state before a commit; undefined where that is not known. */
  async #olderThan(
    commit: CommitInfo,
    parent: Oid | undefined,
    state: StateAnswer,
  ): Promise<{ readonly commit: CommitInfo | undefined; readonly state: StateAnswer } | undefined> {
    this.#commits += 1;
    this.#options.progress?.({ commits: this.#commits, evaluated: this.#answers.evaluated });
    if (parent === undefined) return { commit: undefined, state: NOTHING };
    const older = await this.#commit(parent);
    if (older === undefined) return undefined;
    const isTouched = await this.#touches(parent, commit.oid);
    return { commit: older, state: isTouched ? await this.#answers.at(parent) : state };
  }

  async #touches(before: Oid, after: Oid): Promise<boolean> {
    const { repository, info } = this.#history;
    const isWanted = (path: string): boolean => isFeaturesPath(relativePath(info.directory, path) ?? "");
    try {
      const changed = await repository.changedFiles(before, after, info.directory, isWanted);
      return changed === undefined || changed.size > 0;
    } catch (error) {
      if (!VexilError.is(error) || error.code !== "VEXIL_UNAVAILABLE_CORRUPT") throw error;
      // Its trees are not stored any more: they are fetched again with its state.
      return true;
    }
  }

  /** Tells of a change; with the full history of the commit among those that were merged which brought it. */
  async #tell(commit: CommitInfo, before: StateAnswer, after: StateAnswer): Promise<void> {
    const [first, ...merged] = commit.parents;
    if (this.#query.fullHistory && first !== undefined && merged.length > 0) {
      const known = await this.#reachedFrom(first);
      for (const parent of merged) {
        if (known.has(parent)) continue;
        const brought = await this.#answers.at(parent);
        if (this.#answers.differ(brought.answer, after.answer)) continue;
        if (await this.#walkLine(parent, known, false)) return;
      }
    }
    await this.#add(commit, before, after);
  }

  async #add(commit: CommitInfo, before: StateAnswer, after: StateAnswer): Promise<void> {
    const change: AnswerChange = {
      revision: commit.oid,
      authorName: commit.author.name,
      authorEmail: commit.author.email,
      timestampMs: commit.author.timestampMs,
      message: commit.message,
      before: before.answer,
      after: after.answer,
      isAnswerChanged: this.#answers.differ(before.answer, after.answer),
      explained: await this.#explained(commit, before, after),
      items: changedItems(this.#query.namespace, before.definition, after.definition),
    };
    this.#changes.push(change);
    this.#isFull = this.#options.isEnough?.(change) ?? false;
  }

  async #explained(commit: CommitInfo, before: StateAnswer, after: StateAnswer): Promise<AnswerChange["explained"]> {
    const { explain } = this.#options;
    if (explain !== true) return {};
    const of = (revision: Oid | undefined, state: StateAnswer): Promise<ExplainedAnswer | undefined> | undefined =>
      revision === undefined ? undefined : this.#answers.explain(revision, state);
    const [older, newer] = [await of(commit.parents[0], before), await of(commit.oid, after)];
    return { ...(older && { before: older }), ...(newer && { after: newer }) };
  }

  async #commit(oid: Oid): Promise<CommitInfo | undefined> {
    const commit = await this.#history.commit(oid);
    if (commit === undefined) this.#isComplete = false;
    return commit;
  }

  /** A commit and all that it reaches, as far as that is stored. */
  async #reachedFrom(oid: Oid): Promise<ReadonlySet<Oid>> {
    const reached = new Set<Oid>([oid]);
    for (const each of reached) {
      if (reached.size > MOST) break;
      this.#options.signal.throwIfAborted();
      for (const parent of (await this.#history.repository.readCommit(each))?.parents ?? []) reached.add(parent);
    }
    return reached;
  }

  #isLate(): boolean {
    this.#options.signal.throwIfAborted();
    const { until } = this.#options;
    // A search that goes on gets at least one commit further.
    return this.#commits >= MOST || (this.#commits > 0 && until !== undefined && performance.now() > until);
  }
}
