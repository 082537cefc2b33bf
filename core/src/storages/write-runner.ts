import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Oid } from "../contract/backend.js";
import { toVexilError } from "../errors/to-vexil-error.js";
import { VexilError } from "../errors/vexil-error.js";
import type { SyncEvent } from "../pipeline/events.js";
import type { ServedBranch } from "./branch-set.js";
import { correlationOf, correlationOfGroup } from "./correlation.js";
import type { GitStorage } from "./git-storage.js";
import type { PendingWrite, PreparedGroup } from "./prepared-writes.js";
import { pushBranch } from "./push-commits.js";
import { headRef } from "./ref-names.js";
import type { Correlation, StepContext } from "./storage.js";

const TRIES = 16;
const BACK_OFF_MS = 20;
/** Without a remote nobody gives up soon because the branch moves: each move is a write of somebody that is done. */
const PATIENCE_MS = 30_000;
/** Commits of one push, or of one move of the branch. */
export const GROUP_SIZE = 200;

/** How the runner reaches the pipeline: the lane for what moves branches, events for what happened. */
export interface WriteHost {
  /** Runs a step alone in the storage's lane. */
  readonly inLane: <T>(step: (context: StepContext) => Promise<T>, correlation: Correlation) => Promise<T>;
  readonly emit: (event: SyncEvent) => void;
}

/**
 * Takes groups of writes through prepare ▸ push ▸ finish. The network stays out of the lane; the local branch moves
 * only after the remote's yes. A write is told its result once evaluation reflects it.
 */
export class WriteRunner {
  readonly #storage: GitStorage;
  readonly #host: WriteHost;

  constructor(storage: GitStorage, host: WriteHost) {
    this.#storage = storage;
    this.#host = host;
  }

  /**
   * Never rejects: each write is told its own result.
   * @param more takes writes that have arrived since, at most so many: they go with the others
   */
  async run(
    writes: readonly PendingWrite[],
    signal: AbortSignal,
    more: (atMost: number) => readonly PendingWrite[] = () => [],
  ): Promise<void> {
    const waiting = new Map<ServedBranch, PendingWrite[]>();
    const add = (arrived: readonly PendingWrite[]): void => {
      for (const write of arrived) {
        waiting.set(write.branch, [...(waiting.get(write.branch) ?? []), this.#observed(write)]);
      }
    };
    add(writes);
    for (let [branch] = waiting.keys(); branch !== undefined; [branch] = waiting.keys()) {
      const own = branch;
      await this.#runGroup(own, [], signal, (room) => {
        add(more(room));
        const taken = waiting.get(own) ?? [];
        waiting.delete(own);
        return taken;
      });
    }
  }

  /** @param arrived takes the writes that go with those left, so many that they fit into one group */
  async #runGroup(
    branch: ServedBranch,
    writes: readonly PendingWrite[],
    signal: AbortSignal,
    arrived: (room: number) => readonly PendingWrite[] = () => [],
  ): Promise<void> {
    const isLocal = this.#storage.parts.remote === undefined;
    const started = performance.now();
    let pending = writes;
    try {
      for (let moves = 0, tried = false; !tried || pending.length > 0; tried = true) {
        const turn = isLocal ? await this.#storage.turns.take(signal) : undefined;
        let outcome: Tried;
        try {
          pending = [...pending, ...arrived(Math.max(0, GROUP_SIZE - pending.length))];
          outcome = await (isLocal ? this.#commitLocally(branch, pending) : this.#pushOnce(branch, pending, signal));
        } finally {
          void turn?.end();
        }
        pending = outcome.again;
        if (!outcome.moved || pending.length === 0) continue;
        moves += 1;
        if (isLocal ? performance.now() - started > PATIENCE_MS : moves >= TRIES) {
          throw new VexilError(
            "VEXIL_CONFLICT_HEAD_MOVED",
            `the branch "${branch.name}" moved at each of ${moves} tries; try again`,
            { details: { step: "push" } },
          );
        }
        // The head that was faster is built on at once; only those who are late again and again keep apart.
        if (!isLocal || (turn === undefined && moves > 1)) await backOff(moves, signal);
      }
    } catch (error) {
      for (const write of pending) write.reject(toVexilError(error));
    }
  }

  /** Without a remote the branch itself moves; all in one turn of the lane. */
  #commitLocally(branch: ServedBranch, writes: readonly PendingWrite[]): Promise<Tried> {
    return this.#host.inLane(async (context) => {
      const group = await this.#prepare(branch, writes, context);
      if (group.commits.length === 0) return NOTHING_LEFT;
      try {
        const finished = await this.#storage.finish(group, { signal: context.signal, ...correlationOfGroup(group) });
        if (!finished.done) return { again: stillWaiting(writes, group), moved: true };
        this.#acknowledge(group, finished.events, false);
      } catch (error) {
        for (const { write } of group.commits) write.reject(toVexilError(error));
      }
      return { again: group.undecided, moved: false };
    }, correlationOf(writes));
  }

  /** One push of the whole group. */
  async #pushOnce(branch: ServedBranch, writes: readonly PendingWrite[], signal: AbortSignal): Promise<Tried> {
    const correlation = correlationOf(writes);
    const group = await this.#host.inLane((context) => this.#prepare(branch, writes, context), correlation);
    if (group.behind.length > 0) return this.#lookAgain(writes, group, signal);
    const tip = group.commits.at(-1)?.oid;
    const { remote } = this.#storage.parts;
    if (tip === undefined || remote === undefined) return NOTHING_LEFT;
    const startedAt = performance.now();
    const outcome = await pushBranch(
      remote,
      {
        ref: headRef(branch.name),
        old: group.base,
        new: tip,
        objects: group.commits.flatMap(({ objects }) => objects),
      },
      async (remoteTip) => {
        await this.#catchUp(signal, correlation);
        return this.#storage.contains(remoteTip, tip, signal);
      },
      signal,
    );
    switch (outcome.type) {
      case "accepted":
        this.#tellPushed(group, tip, performance.now() - startedAt);
        await this.#finishPushed(group, signal);
        break;
      case "moved":
        await this.#catchUp(signal, correlation);
        return { again: stillWaiting(writes, group), moved: true };
      case "refused":
        await this.#refused(group, outcome.error, signal);
        break;
      case "failed":
        for (const { write } of group.commits) write.reject(asUnavailable(outcome.error));
        break;
      default:
        outcome satisfies never;
    }
    return { again: group.undecided, moved: false };
  }

  /**
   * The request may name a commit that this daemon has not fetched yet, and who is refused should find the remote's
   * head served. Without the remote the rule is decided on what is known.
   */
  async #lookAgain(writes: readonly PendingWrite[], group: PreparedGroup, signal: AbortSignal): Promise<Tried> {
    await this.#catchUp(signal, correlationOf(writes)).catch(() => undefined);
    const again = stillWaiting(writes, group).map((write) =>
      group.behind.includes(write) ? { ...write, caughtUp: true as const } : write,
    );
    return { again, moved: false };
  }

  #tellPushed(group: PreparedGroup, tip: Oid, durationMs: number): void {
    this.#host.emit({
      type: "push.succeeded",
      storage: this.#storage.id,
      at: this.#storage.parts.now(),
      ref: headRef(group.branch.name),
      revision: tip,
      commits: group.commits.length,
      durationMs,
      ...correlationOfGroup(group),
    });
  }

  async #finishPushed(group: PreparedGroup, signal: AbortSignal): Promise<void> {
    const correlation = correlationOfGroup(group);
    const finished = await this.#host.inLane(async (context) => {
      try {
        return await this.#storage.finish(group, context);
      } catch (error) {
        // The remote has the commits, so the write stands; that the local side lags behind shows in the storage's state.
        this.#host.emit({
          type: "rebuild.failed",
          storage: this.#storage.id,
          at: this.#storage.parts.now(),
          error: toVexilError(error),
          ...correlation,
        });
        return { done: false, events: [] };
      }
    }, correlation);
    // A poll may have been faster, or a person moved the branch: then the remote's head is followed as ever.
    if (!finished.done) await this.#catchUp(signal, correlation).catch(() => undefined);
    this.#acknowledge(group, finished.events, true);
  }

  /** A refused group is tried again one commit at a time, in order of arrival; only those refused alone get the error. */
  async #refused(group: PreparedGroup, error: VexilError, signal: AbortSignal): Promise<void> {
    if (group.commits.length === 1) {
      group.commits[0]?.write.reject(error);
      return;
    }
    for (const { write } of group.commits) await this.#runGroup(group.branch, [write], signal);
  }

  /** Fetches and serves the remote's head, so that the next try, ours or a person's, is decided on it. */
  async #catchUp(signal: AbortSignal, correlation: Correlation): Promise<void> {
    const download = await this.#storage.download({ signal, ...correlation });
    const events = await this.#host.inLane((context) => this.#storage.advance(download, context), correlation);
    for (const event of events) this.#host.emit(event);
    // A person's commits that the remote lacks go first: the write lies on top of them.
    await this.#storage.pushAhead({ signal, ...correlation });
  }

  async #prepare(branch: ServedBranch, writes: readonly PendingWrite[], context: StepContext): Promise<PreparedGroup> {
    const { group, events } = await this.#storage.prepare(branch, writes, context);
    for (const event of events) this.#host.emit(event);
    return group;
  }

  #acknowledge(group: PreparedGroup, events: readonly SyncEvent[], pushed: boolean): void {
    for (const event of events) this.#host.emit(event);
    const now = this.#storage.parts.now();
    for (const { write, oid, summary } of group.commits) {
      const { environment, correlationId } = write.request;
      this.#host.emit({
        type: "write.committed",
        storage: this.#storage.id,
        environment,
        revision: oid,
        summary,
        pushed,
        durationMs: now - write.arrivedAt,
        at: now,
        ...(correlationId === undefined ? {} : { correlationId }),
      });
      write.resolve({ revision: oid });
    }
  }

  /** The write, with its refusal told to the events as well. */
  #observed(write: PendingWrite): PendingWrite {
    const { environment, correlationId } = write.request;
    let told = false;
    return {
      ...write,
      resolve: (result) => {
        told = true;
        write.resolve(result);
      },
      reject: (error) => {
        if (told) return;
        told = true;
        this.#host.emit({
          type: "write.failed",
          storage: this.#storage.id,
          environment,
          error,
          at: this.#storage.parts.now(),
          ...(correlationId === undefined ? {} : { correlationId }),
        });
        write.reject(error);
      },
    };
  }
}

/** What came of one try: the writes to be tried again, and whether it is because the branch had moved. */
interface Tried {
  readonly again: readonly PendingWrite[];
  readonly moved: boolean;
}

/** Spreads out those who try again. */
async function backOff(moves: number, signal: AbortSignal): Promise<void> {
  await sleep(BACK_OFF_MS * 2 ** Math.min(moves, 5) * Math.random(), undefined, { signal });
}

const NOTHING_LEFT: Tried = { again: [], moved: false };

/** Those of a group's writes that nobody has been told the result of, in order of arrival. */
function stillWaiting(writes: readonly PendingWrite[], group: PreparedGroup): readonly PendingWrite[] {
  const waiting = new Set([...group.commits.map(({ write }) => write), ...group.behind, ...group.undecided]);
  return writes.filter((write) => waiting.has(write));
}

/** To whoever writes, a remote that cannot be reached is unavailable, whatever went wrong on the way. */
function asUnavailable(error: VexilError): VexilError {
  if (error.kind !== "connection" && error.kind !== "internal") return error;
  return new VexilError(
    "VEXIL_UNAVAILABLE_REMOTE",
    `the remote cannot be reached, so nothing was written: ${error.message}`,
    {
      details: { ...error.details, step: "push" },
      cause: error,
    },
  );
}
