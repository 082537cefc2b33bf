import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import type { GapEvent, Oid, SinkEvent } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../model/clock.js";
import type { GitStorage } from "../storage/git-storage.js";
import { EnvironmentHistory } from "../storage/past/environment-history.js";
import { commitFacts } from "./commit-facts.js";
import { eventId } from "./event-id.js";
import { type FeedStep, feedSteps } from "./feed-steps.js";
import { stateChanges } from "./state-changes.js";

/** Commits below the head that are fetched from a remote at most, to find where a sink stands. */
const MOST_FETCHED = 10_000;
const MOST_STORED = 50_000;

/** Parts of a storage that its events are made of. */
export type FeedStorage = Pick<GitStorage, "id" | "repository" | "timeline" | "seals" | "history" | "hasRemote">;

/** Events of one environment, computed from git alone: whoever asks again, wherever, gets the same ones. */
export class Feed {
  readonly #storage: FeedStorage;
  readonly #info: EnvironmentInfo;
  readonly #history: EnvironmentHistory;
  readonly #clock: Pick<Clock, "now">;
  readonly #signal: AbortSignal;
  readonly #needsProof: boolean;

  /**
   * @param head the commit that is served
   * @param needsProof daemons' commits are sealed
   */
  constructor(
    storage: FeedStorage,
    info: EnvironmentInfo,
    head: Oid,
    clock: Pick<Clock, "now">,
    signal: AbortSignal,
    needsProof = true,
  ) {
    this.#storage = storage;
    this.#needsProof = needsProof;
    this.#info = info;
    this.#clock = clock;
    this.#signal = signal;
    const { repository, history, hasRemote } = storage;
    this.#history = new EnvironmentHistory(
      {
        repository,
        head,
        historyDepth: hasRemote ? MOST_FETCHED : MOST_STORED,
        deepen: hasRemote ? (depth, late) => history.deepen(head, depth, late) : undefined,
      },
      signal,
    );
  }

  /** The commit that is served. */
  get head(): Oid {
    return this.#history.head;
  }

  /** The way to the head from a state of which all is told. */
  steps(at: Oid | undefined): Promise<readonly FeedStep[]> {
    return feedSteps(this.#history, at, this.#history.head);
  }

  /** Has the head's state built, which the next step begins with. */
  async prepare(): Promise<void> {
    await this.#state(this.head);
  }

  /** A step that was begun before. */
  async step(from: Oid | undefined, to: Oid): Promise<FeedStep> {
    const commit = await this.#history.commit(to);
    if (from === undefined || commit?.parents[0] === from) return { from, to, isRewritten: false };
    // As it was found when it was begun, by the same look at the same past.
    const begun = (await this.steps(from)).find((step) => step.from === from && step.to === to);
    if (begun !== undefined) return begun;
    return { from, to, isRewritten: (await this.#storage.repository.isAncestor(from, to)) !== true };
  }

  /**
   * Events of a step, in their order; undefined: nothing of the environment changed. A step whose states cannot be had any
   * more is a gap.
   * @throws VexilError where a state cannot be built for now
   */
  async open(step: FeedStep): Promise<AsyncIterable<SinkEvent> | undefined> {
    const { from, to } = step;
    const commit = await this.#history.commit(to);
    if (commit === undefined) return one(this.#gap(step, `commit ${to} is gone`));
    // Equal files mean equal states only where the past is the same, too: a faulty file is as it was last good there.
    const isNext = from !== undefined && commit.parents.length === 1 && commit.parents[0] === from;
    if (isNext && !(await this.#touches(from, to))) return undefined;
    const states = await this.#states(step);
    if (typeof states === "string") return one(this.#gap(step, states));
    const facts = await commitFacts(commit, step.isRewritten, this.#storage.seals, this.#needsProof);
    return this.#events(step, facts, ...states);
  }

  async *#events(
    { from, to }: FeedStep,
    facts: Awaited<ReturnType<typeof commitFacts>>,
    before: Snapshot | undefined,
    after: Snapshot,
  ): AsyncGenerator<SinkEvent> {
    const { key: environment } = this.#info;
    const { id: storage } = this.#storage;
    for await (const change of stateChanges(before, after)) {
      const [type, key] = change.kind === "change" ? [change.type, change.key] : ["", change.file];
      const id = eventId(environment, from ?? "", to, change.kind, change.namespace, type, key);
      yield { version: 1, id, storage, environment, previous: from, ...facts, ...change };
    }
  }

  /** Both states; or why one of them cannot be had any more. */
  async #states({ from, to }: FeedStep): Promise<readonly [Snapshot | undefined, Snapshot] | string> {
    try {
      const before = from === undefined ? undefined : await this.#state(from);
      return [before, await this.#state(to)];
    } catch (error) {
      if (!isGone(error)) throw error;
      return (error as VexilError).message;
    }
  }

  async #state(revision: Oid): Promise<Snapshot> {
    const { timeline } = this.#storage;
    const { key } = this.#info;
    try {
      return await timeline.feedSnapshot(key, revision, this.#signal);
    } catch (error) {
      // What was fetched for this walk may have been let go of meanwhile.
      if (!isGone(error) || !(await this.#history.refetch())) throw error;
      return timeline.feedSnapshot(key, revision, this.#signal);
    }
  }

  async #touches(from: Oid, to: Oid): Promise<boolean> {
    const { directory } = this.#info;
    try {
      const changed = await this.#storage.repository.changedFiles(from, to, directory, (path) =>
        isWantedPath(directory, path),
      );
      return changed === undefined || changed.size > 0;
    } catch (error) {
      // Its trees are not stored any more: they are fetched again with its state.
      if (!isGone(error)) throw error;
      return true;
    }
  }

  #gap({ from, to }: FeedStep, reason: string): GapEvent {
    const { key: environment } = this.#info;
    const id = eventId(environment, from ?? "", to, "gap");
    const time = new Date(this.#clock.now()).toISOString();
    const { id: storage } = this.#storage;
    return { version: 1, id, time, storage, kind: "gap", environment, revision: to, previous: from, reason };
  }
}

async function* one(event: SinkEvent): AsyncGenerator<SinkEvent> {
  yield event;
}

function isGone(error: unknown): boolean {
  return VexilError.is(error) && (error.code === "VEXIL_NOT_FOUND" || error.code === "VEXIL_UNAVAILABLE_CORRUPT");
}
