import type { StorageConfig } from "@vexil/config/config";
import { timeSlice } from "@vexil/git/objects/time-slice";
import type { Backend, Lease, Oid } from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import type { SyncEvent } from "../model/events.js";
import { Phase } from "../model/storage-phase.js";
import { findCommit, searchHistory } from "./fetch/deepen-history.js";
import type { KeptCommit } from "./fetch/follow-remote.js";
import { PastSearch } from "./fetch/past-search.js";
import { RemoteFollower } from "./fetch/remote-follower.js";
import { RemoteSync } from "./fetch/remote-sync.js";
import { seedBackend } from "./fetch/seed-branch.js";
import { headRef, wantedBranch } from "./ref-names.js";
import { releaseMemory } from "./release-memory.js";
import type { ServedBranch } from "./state/branch-set.js";
import { type Edits, NO_EDITS } from "./state/environment-files.js";
import { GoodCommits } from "./state/good-commits.js";
import { StateNotices } from "./state/state-notices.js";
import { editsKey, WorkTreeState } from "./state/work-tree-state.js";
import type { Download, StepContext, Storage } from "./storage.js";
import { StorageEvents } from "./storage-events.js";
import type { GitStorageParts } from "./storage-parts.js";
import { BranchMoves } from "./write/branch-moves.js";
import { moveBranch, trackPush } from "./write/finish-writes.js";
import { OwnCommits } from "./write/own-commits.js";
import { prepareWrites } from "./write/prepare-writes.js";
import type { Ahead, FinishedGroup, PendingWrite, PreparedGroup } from "./write/prepared-writes.js";
import { PushTurns } from "./write/push-turns.js";
import { tablesOn } from "./write/rebase-group.js";
import { redoOutrun } from "./write/redo-outrun.js";
import { SharedMark } from "./write/shared-mark.js";
import { WriteTurns } from "./write/write-turns.js";

/** The one implementation of {@link Storage}: a Backend seen as a git repository, perhaps with a remote. */
export class GitStorage implements Storage {
  readonly parts: GitStorageParts;
  readonly phase = new Phase();
  readonly #backend: Backend;
  /** The network half of polls; undefined without a remote. */
  readonly sync: RemoteSync | undefined;
  readonly #remote: RemoteFollower | undefined;
  readonly #past: PastSearch | undefined;
  readonly #workTree: WorkTreeState;
  /** What the work tree's edits were when the branch was last published. */
  #editsKey = "";
  readonly #ownCommits = new OwnCommits();
  readonly #good: GoodCommits;
  readonly #notices: StateNotices;
  readonly #mark: SharedMark | undefined;
  readonly #moves: BranchMoves;
  /** Order among the daemons that write to the backend. */
  readonly turns: WriteTurns;
  /** Order among this daemon's pushes. */
  readonly pushes: PushTurns;
  readonly #events: StorageEvents;
  /** The newest commit of the group that is on its way to the remote: no ref reaches it yet. */
  #pushing: readonly Oid[] = [];
  /** By `Clock.elapsed()`. */
  #tidyAt = Number.POSITIVE_INFINITY;

  constructor(parts: GitStorageParts) {
    this.parts = parts;
    this.#events = new StorageEvents(parts);
    this.#notices = new StateNotices(parts, this.#events);
    this.#backend = parts.repository.backend;
    this.#good = new GoodCommits(this.#backend.refs);
    this.turns = new WriteTurns(this.#backend, parts.clock);
    this.pushes = new PushTurns(parts.clock);
    this.#workTree = new WorkTreeState(this.#backend.workTree, parts.branches);
    const { remote, config, branches, maybeSparse } = parts;
    this.#mark = parts.isShared ? new SharedMark(parts.repository) : undefined;
    this.#moves = new BranchMoves(parts.repository, this.#ownCommits, this.#mark);
    if (remote === undefined) return;
    this.sync = new RemoteSync(remote, this.#backend, config.branch, parts.clock, {
      branches: (names) => branches.follow(names),
      ...(maybeSparse ? { file: branches.isWanted } : {}),
    });
    this.#remote = new RemoteFollower(parts, remote, this.sync, this.#workTree);
    this.#past = new PastSearch(parts, this.sync);
  }

  get id(): string {
    return this.parts.config.id;
  }

  get config(): StorageConfig {
    return this.parts.config;
  }

  /** Whether there is anything to serve. */
  get hasState(): boolean {
    return this.parts.branches.main.known.head !== undefined;
  }

  /** Tries to become the one that polls; undefined where the backend is not shared. */
  get lease(): ((signal: AbortSignal) => Promise<Lease | undefined>) | undefined {
    const { lease } = this.#backend;
    return lease === undefined ? undefined : (signal) => lease.call(this.#backend, "poll", signal);
  }

  get hasRemote(): boolean {
    return this.#remote !== undefined;
  }

  /** Another daemon on the same backend polls the remote for this one. */
  get #isFollowing(): boolean {
    return this.hasRemote && this.phase.now === "following";
  }

  async openState(context: StepContext): Promise<{ readonly served: boolean; readonly events: readonly SyncEvent[] }> {
    const head = await this.#head(this.config.branch);
    const first: SyncEvent[] = [];
    if (head === undefined) {
      if (this.hasRemote) return { served: false, events: [] };
      const seeded = await seedBackend(this.parts, context.signal);
      if (seeded !== undefined) first.push(this.#events.seeded(context, seeded, false));
    }
    // An earlier run with other environments may have left out what is read now: the first poll brings it.
    if (head !== undefined && (await this.sync?.canServe(head, context.signal)) === false) {
      return { served: false, events: [] };
    }
    return { served: true, events: [...first, ...(await this.rebuild(context))] };
  }

  async download(context: StepContext): Promise<Download> {
    try {
      return await this.#requireRemote().download(context);
    } catch (error) {
      this.parts.publisher.unserved.pause();
      // What came until then is of no use to anybody.
      this.#tidyLater();
      throw error;
    }
  }

  async advance(download: Download, context: StepContext): Promise<readonly SyncEvent[]> {
    let kept: readonly KeptCommit[];
    try {
      kept = await this.#requireRemote().follow(download, context);
    } catch (error) {
      // What is in the way is said only after what is there now has been served.
      await this.rebuild(context);
      throw error;
    }
    const rebuilt = await this.rebuild(context);
    if (download.changed) {
      await this.#prune();
      this.#tidyLater();
    }
    const { seeded } = download;
    return [
      ...(seeded === undefined ? [] : [this.#events.seeded(context, seeded, true)]),
      ...kept.map((commit) => this.#events.kept(context, commit)),
      ...rebuilt,
    ];
  }

  /** What is too young to go now goes with a later look, where it takes memory. */
  #tidyLater(): void {
    this.#tidyAt = this.parts.clock.elapsed() + PRUNE_AFTER_MS;
  }

  async #tidy(): Promise<void> {
    this.#tidyAt = Number.POSITIVE_INFINITY;
    if (this.parts.maybeSparse) await this.#prune();
    releaseMemory();
  }

  /** What no ref reaches any more may go, but for the commits on their way to the remote. */
  async #prune(): Promise<void> {
    const refs = await this.#backend.refs.list("");
    const roots = new Set([...refs.values(), ...this.#pushing]);
    const reads = this.parts.clock.elapsed() - (this.sync?.deepenedAt ?? Number.NEGATIVE_INFINITY) < PAST_READ_FOR_MS;
    await this.#backend.prune?.({
      roots: [...roots],
      keepNewerThanMs: reads ? PAST_READ_FOR_MS : PRUNE_AFTER_MS,
    });
  }

  /**
   * Fetches more of the past where faulty files leave namespaces without a good state; the network half, outside the
   * lane. What came is looked through by the next rebuild.
   * @returns whether there is anything new for a rebuild to look at
   */
  async deepenPast(context: StepContext): Promise<boolean> {
    return (await this.#past?.deepen(context.signal)) ?? false;
  }

  /** Pushes a person's commits that the remote lacks; the network half, outside the lane. */
  async pushAhead(context: StepContext): Promise<void> {
    const remote = this.#remote;
    if (remote?.isAhead === true) await this.pushes.ahead(() => remote.pushAhead(context));
  }

  async rebuild(context: StepContext): Promise<readonly SyncEvent[]> {
    if (this.parts.clock.elapsed() > this.#tidyAt) await this.#tidy();
    // The work tree comes first: looking at it may put a commit back.
    const scan = await this.#workTree.scan(context.signal);
    const events: SyncEvent[] = [...(await this.#redoOutrun(scan?.outrun ?? [], context))];
    const heads = await this.#heads();
    events.push(...(await this.#reconcile(heads.keys(), context)));

    const edits = this.#workTree.servedEdits(this.parts.branches.main);
    const key = editsKey(edits);
    let changed = false;
    const pause = timeSlice();
    for (const branch of this.parts.branches.all()) {
      await pause();
      const head = heads.get(branch.name);
      if (head === undefined) {
        // Nothing has come from the remote yet: that is for the polls to say.
        const awaited = this.hasRemote && branch.known.head === undefined;
        if (branch !== this.parts.branches.main || awaited) continue;
        throw new VexilError(
          "VEXIL_REMOTE_BRANCH_GONE",
          `the repository has no branch "${branch.name}"; its last state stays. Make the branch again, or change storage.${this.id}.branch`,
          { details: { step: "ref" } },
        );
      }
      const branchEdits = branch === this.parts.branches.main ? edits : NO_EDITS;
      const editsChanged = branch === this.parts.branches.main && key !== this.#editsKey;
      if (branch.known.head === head && !editsChanged && !this.parts.publisher.isPartial(branch)) continue;
      const moves = await this.#moves.between(branch.name, branch.known.head, head);
      for (const move of moves.slice(0, -1)) await this.parts.publisher.record(branch, move, this.parts.clock.now());
      events.push(...(await this.publish(branch, head, branchEdits, moves.at(-1)?.own === true, context)));
      if (branch === this.parts.branches.main) this.#editsKey = key;
      changed = true;
    }
    // Who does not ask the remote waits for nothing.
    if (this.sync === undefined || this.#isFollowing) this.parts.publisher.unserved.pause();
    // Told before what is served now: nobody is to take the state for whole meanwhile.
    events.unshift(...this.#notices.unserved(context));
    const head = heads.get(this.config.branch);
    if (head === undefined) return events;
    events.push(
      this.#events.of(context, {
        type: "rebuild.succeeded",
        revision: head,
        changed,
        following: this.#isFollowing,
        uncommitted: [...edits.keys()].sort(),
        ...(scan?.blocked === undefined ? {} : { blocked: scan.blocked }),
      }),
    );
    return events;
  }

  /** Makes the served branches those that exist, as far as there is room. */
  async #reconcile(names: Iterable<string>, context: StepContext): Promise<readonly SyncEvent[]> {
    const { branches, publisher } = this.parts;
    const { appeared, vanished } = await branches.reconcile(names);
    const events = appeared.map((branch) => this.#events.branch(context, "branch.appeared", branch));
    for (const branch of vanished) {
      publisher.forget(branch);
      await this.#good.remember(branch.name, undefined);
      events.push(this.#events.branch(context, "branch.vanished", branch));
    }
    return [...events, ...this.#notices.beyond(context)];
  }

  /** With a remote the commits are there already: the next poll puts a person's on top of them. */
  async #redoOutrun(commits: readonly Oid[], context: StepContext): Promise<readonly SyncEvent[]> {
    const { workTree } = this.#workTree;
    if (workTree === undefined || this.hasRemote) return [];
    const { repository, config, instance } = this.parts;
    const options = { branch: config.branch, instance, signal: context.signal };
    const events: SyncEvent[] = [];
    for (const commit of commits) {
      const outcome = await redoOutrun(repository, workTree, commit, options);
      if ("kept" in outcome) events.push(this.#events.kept(context, outcome.kept, "a person's reset took it away"));
      else this.#ownCommits.add(outcome.redone);
    }
    return events;
  }

  /** Serves a branch at a commit. */
  async publish(
    branch: ServedBranch,
    head: Oid,
    edits: Edits,
    own: boolean,
    context: StepContext,
  ): Promise<readonly SyncEvent[]> {
    const startedAt = this.parts.clock.elapsed();
    const before = branch.known.head;
    const wasGood = this.parts.publisher.isGood(branch);
    const published = await this.parts.publisher.publish(branch, head, edits, {
      own,
      now: this.parts.clock.now(),
      signal: context.signal,
    });
    const directories = branch === this.parts.branches.main ? this.#notices.directories(published, context) : [];
    const snapshots = published.results.map((result) => result.snapshot);
    const isGood = this.parts.publisher.isGood(branch);
    if (isGood && !wasGood) await this.#good.remember(branch.name, undefined);
    if (!isGood && wasGood && before !== undefined) await this.#good.remember(branch.name, before);
    // What was looked up is kept as well: the next start may be without the remote.
    if (published.recovered !== undefined) await this.#good.remember(branch.name, published.recovered);
    if (!published.changed) return directories;
    return [
      ...directories,
      this.#events.built(context, {
        branch: branch.name,
        environments: published.environments,
        revision: head,
        snapshots,
        startedAt,
      }),
    ];
  }

  /** Applies writes to the branch's head; no branch moves. */
  async prepare(
    branch: ServedBranch,
    writes: readonly PendingWrite[],
    context: StepContext,
  ): Promise<{ readonly group: PreparedGroup; readonly events: readonly SyncEvent[] }> {
    // What people did here since the last look counts: the rule is decided on what is there now.
    const events = await this.rebuild(context);
    this.#workTree.requireWritable(branch);
    const group = await prepareWrites(branch, writes, {
      parts: this.parts,
      edits: this.#workTree.edits(branch),
      signal: context.signal,
      reach: (revision) => this.reach(branch, revision, context.signal),
      commitTemplate: this.parts.commitTemplate,
      marker: await this.#mark?.marker(context.signal),
    });
    this.#pushing = group.commits.slice(-1).map(({ oid }) => oid);
    this.#ownCommits.add(...group.commits.map(({ oid }) => oid));
    return { group, events };
  }

  /** What the remote lacks of a commit that a person has made on a branch here. */
  async aheadOf(branch: string, commit: Oid): Promise<Ahead | undefined> {
    return this.#remote?.aheadOf(branch, commit);
  }

  /** Moves the branch to prepared commits and serves them. `done: false`: the branch had moved; nothing changed. */
  async finish(prepared: PreparedGroup, context: StepContext): Promise<FinishedGroup> {
    const tip = prepared.commits.at(-1)?.oid;
    if (tip === undefined) return { done: true, group: prepared, events: [] };
    const group = await this.#place(prepared, tip, context);
    if (group === undefined) return { done: false, group: prepared, events: [] };
    this.#ownCommits.add(...group.commits.map(({ oid }) => oid));
    try {
      return { done: true, group, events: await this.#serveOwn(group, prepared, context) };
    } catch (error) {
      // The branch has moved, so the write stands; that it is not served yet is for the next rebuild to mend.
      const failed = this.#events.of(context, { type: "rebuild.failed", error: toVexilError(error) });
      return { done: true, group, events: [failed] };
    }
  }

  /** @returns the group as it lies on the branch now; undefined if the branch had moved */
  async #place(prepared: PreparedGroup, tip: Oid, context: StepContext): Promise<PreparedGroup | undefined> {
    const { parts } = this;
    if (parts.remote === undefined) return moveBranch(parts, prepared, context.signal);
    const tracked = trackPush(parts, prepared);
    // On a shared backend others look at both refs, so one comes after the other. A clone is this daemon's alone.
    if (this.#backend.workTree === undefined) await tracked;
    const place = async (): Promise<PreparedGroup | undefined> =>
      (await moveBranch(parts, prepared, context.signal)) ??
      ((await this.#isPlaced(prepared, tip, context)) ? prepared : undefined);
    const [placed, tracking] = await Promise.allSettled([place(), tracked]);
    if (placed.status === "rejected") throw placed.reason;
    if (tracking.status === "rejected") throw tracking.reason;
    return placed.value;
  }

  /** Tells if the branch has the pushed commit: a poll was faster, or a user's commits could be put on top of it. */
  async #isPlaced({ branch, base }: PreparedGroup, tip: Oid, context: StepContext): Promise<boolean> {
    if ((await this.#head(branch.name)) === tip) return true;
    return (await this.#remote?.putBelow(branch.name, base, tip, context)) ?? false;
  }

  /** Serves a group that has landed; before it, what a person has committed below it, which is nobody's here. */
  async #serveOwn(group: PreparedGroup, prepared: PreparedGroup, context: StepContext): Promise<readonly SyncEvent[]> {
    const { branch, commits, base } = group;
    const edits = this.#workTree.servedEdits(branch);
    const before = branch.known.files;
    const below = base === prepared.base ? [] : await this.publish(branch, base, edits, false, context);
    if (branch.known.head === base) {
      // The last one is noted once it is served.
      const tables = tablesOn(branch.known.files, before, group).slice(0, -1);
      for (const [index, files] of tables.entries()) {
        const commit = commits[index];
        if (commit !== undefined) branch.known.record(commit.oid, files, true, this.parts.clock.now());
      }
    }
    const tip = commits.at(-1)?.oid ?? base;
    return [...below, ...(await this.publish(branch, tip, edits, true, context))];
  }

  /** Whether `commit` is in the history of `tip`, deepening history if needed. */
  contains(tip: Oid, commit: Oid, signal: AbortSignal): Promise<boolean> {
    return searchHistory(this.parts.repository, this.sync, tip, (oid) => oid === commit, "named", signal);
  }

  /**
   * Makes a commit of a branch's past readable.
   * @param revision its id, or how that begins
   * @returns its id; undefined if it is not in the branch's history
   */
  async reach(branch: ServedBranch, revision: string, signal: AbortSignal): Promise<Oid | undefined> {
    const head = branch.known.head;
    return head === undefined ? undefined : findCommit(this.parts.repository, this.sync, head, revision, signal);
  }

  watch(changed: () => void, signal: AbortSignal): void {
    this.#backend.watch?.(changed, signal);
  }

  async close(): Promise<void> {
    await this.parts.remote?.close();
    await this.#backend.close();
  }

  /** All local heads that matter, by short name. */
  async #heads(): Promise<ReadonlyMap<string, Oid>> {
    const heads = new Map<string, Oid>();
    for (const [ref, oid] of await this.#backend.refs.list("refs/heads/")) {
      const name = wantedBranch(ref, this.config.branch);
      if (name !== undefined) heads.set(name, oid);
    }
    return heads;
  }

  async #head(branch: string): Promise<Oid | undefined> {
    const ref = headRef(branch);
    return (await this.#backend.refs.list(ref)).get(ref);
  }

  #requireRemote(): RemoteFollower {
    if (this.#remote === undefined) {
      throw new VexilError("VEXIL_INTERNAL_BUG", `storage ${this.id} has no remote to download from`);
    }
    return this.#remote;
  }
}

/** What a step under way has stored, and no ref reaches yet, is younger; so is what a reader of the last state looks at. */
const PRUNE_AFTER_MS = 10_000;
/** Who reads the past has it fetched, and needs it for a while; the next poll cuts the history again. */
const PAST_READ_FOR_MS = 60_000;
