import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import { delay } from "../../model/deadlines.js";
import { policyOf } from "../../model/error-policy.js";
import type { SyncEvent } from "../../model/events.js";
import type { GitStorage } from "../git-storage.js";
import type { ServedBranch } from "../state/branch-set.js";
import type { StepContext } from "../storage.js";
import { AnswerDeadline } from "./answer-deadline.js";
import { correlationOf, correlationOfGroup } from "./correlation.js";
import type { PendingWrite, PreparedGroup } from "./prepared-writes.js";
import { RemoteWrites } from "./remote-writes.js";
import { asUnavailable, type Hang, hangOf, NOTHING_LEFT, stillWaiting, type Tried } from "./tried.js";
import type { WriteHost } from "./write-host.js";

const TRIES = 16;
const BACK_OFF_MS = 20;
/** Without a remote nobody gives up soon because the branch moves: each move is a write of somebody that is done. */
const PATIENCE_MS = 30_000;
/** Commits of one push, or of one move of the branch. */
export const GROUP_SIZE = 200;

/**
 * Takes groups of writes through prepare ▸ push ▸ finish. The network stays out of the lane; the local branch moves
 * only after the remote's yes. A write is told its result once evaluation reflects it.
 */
export class WriteRunner {
  readonly #storage: GitStorage;
  readonly #host: WriteHost;
  readonly #remote: RemoteWrites;
  /** The last time that the remote left writes without an answer. */
  #hang: Hang | undefined;

  constructor(storage: GitStorage, host: WriteHost) {
    this.#storage = storage;
    this.#host = host;
    this.#remote = new RemoteWrites(storage, host, {
      prepare: (...args) => this.#prepare(...args),
      acknowledge: (...args) => this.#acknowledge(...args),
    });
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
    const started = this.#storage.parts.clock.elapsed();
    let deadline: AnswerDeadline | undefined;
    let pending = writes;
    try {
      for (let moves = 0, tried = false; !tried || pending.length > 0; tried = true) {
        const turn = isLocal ? await this.#storage.turns.take(signal) : undefined;
        let outcome: Tried;
        try {
          pending = [...pending, ...arrived(Math.max(0, GROUP_SIZE - pending.length))];
          deadline ??= new AnswerDeadline(this.#storage.parts.clock, signal, this.#storage.config.timeouts);
          outcome = await (isLocal ? this.#commitLocally(branch, pending) : this.#push(branch, pending, deadline));
        } finally {
          void turn?.end();
        }
        // Only those refused alone get the error.
        for (const write of outcome.alone ?? []) await this.#runGroup(branch, [write], signal);
        pending = outcome.again;
        if (outcome.answered === true) {
          deadline.end();
          deadline = undefined;
        }
        if (!outcome.moved || pending.length === 0) continue;
        moves += 1;
        if (isLocal ? this.#storage.parts.clock.elapsed() - started > PATIENCE_MS : moves >= TRIES) {
          throw new VexilError(
            "VEXIL_CONFLICT_HEAD_MOVED",
            `the branch "${branch.name}" moved at each of ${moves} tries; try again`,
            { details: { step: "push" } },
          );
        }
        // The head that was faster is built on at once; only those who are late again and again keep apart.
        if (!isLocal || (turn === undefined && moves > 1)) await backOff(this.#storage.parts.clock, moves, signal);
      }
    } catch (error) {
      this.#hang = hangOf(error, this.#storage.parts.clock.now()) ?? this.#hang;
      for (const write of pending) write.reject(toVexilError(error));
    } finally {
      deadline?.end();
    }
  }

  /** Who waited in vain behind others is not made to wait again. */
  async #push(branch: ServedBranch, writes: readonly PendingWrite[], deadline: AnswerDeadline): Promise<Tried> {
    const hang = this.#hang;
    const late = hang === undefined ? [] : writes.filter(({ arrivedAt }) => arrivedAt <= hang.at);
    for (const write of late) if (hang !== undefined) write.reject(hang.error);
    const left = writes.filter((write) => !late.includes(write));
    if (left.length === 0) return NOTHING_LEFT;
    const tried = await this.#remote.tryOnce(branch, left, deadline);
    if (tried.failed !== undefined) this.#hang = hangOf(tried.failed, this.#storage.parts.clock.now());
    return tried;
  }

  /** Without a remote the branch itself moves; all in one turn of the lane. */
  #commitLocally(branch: ServedBranch, writes: readonly PendingWrite[]): Promise<Tried> {
    return this.#host.inLane(async (context) => {
      const group = await this.#prepare(branch, writes, context);
      if (group.commits.length === 0) return NOTHING_LEFT;
      try {
        const finished = await this.#storage.finish(group, { signal: context.signal, ...correlationOfGroup(group) });
        if (!finished.done) return { again: stillWaiting(writes, group), moved: true };
        this.#acknowledge(finished.group, finished.events, false);
      } catch (error) {
        for (const { write } of group.commits) write.reject(toVexilError(error));
      }
      return { again: group.undecided, moved: false };
    }, correlationOf(writes));
  }

  async #prepare(branch: ServedBranch, writes: readonly PendingWrite[], context: StepContext): Promise<PreparedGroup> {
    const { group, events } = await this.#storage.prepare(branch, writes, context);
    for (const event of events) this.#host.emit(event);
    return group;
  }

  #acknowledge(group: PreparedGroup, events: readonly SyncEvent[], pushed: boolean): void {
    for (const event of events) this.#host.emit(event);
    const now = this.#storage.parts.clock.now();
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
      reject: (given) => {
        if (told) return;
        told = true;
        const error = policyOf(given).writer === "unreachable" ? asUnavailable(given) : given;
        this.#host.emit({
          type: "write.failed",
          storage: this.#storage.id,
          environment,
          error,
          at: this.#storage.parts.clock.now(),
          ...(correlationId === undefined ? {} : { correlationId }),
        });
        write.reject(error);
      },
    };
  }
}

/** Spreads out those who try again. */
async function backOff(clock: Clock, moves: number, signal: AbortSignal): Promise<void> {
  await delay(clock, BACK_OFF_MS * 2 ** Math.min(moves, 5) * Math.random(), signal);
}
