import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import { policyOf } from "../../model/error-policy.js";
import type { SyncEvent } from "../../model/events.js";
import type { GitStorage } from "../git-storage.js";
import type { ServedBranch } from "../state/branch-set.js";
import { AnswerDeadline } from "./answer-deadline.js";
import type { Decided, PendingWrite, PreparedCommit } from "./prepared-writes.js";
import { asUnavailable } from "./unreachable.js";
import { committed, decided, type EventOrigin } from "./write-events.js";

/** Commits of one push, or of one move of the branch. */
export const GROUP_SIZE = 200;

/** Takes writes that have arrived since, at most so many: they then belong to the group. */
export type Arrivals = (atMost: number) => readonly PendingWrite[];

/** One group on its way: what all of its steps share. */
export class GroupRun {
  readonly branch: ServedBranch;
  /** By `Clock.elapsed()`. */
  readonly startedAt: number;
  /** How often the branch was moved by others. */
  moves = 0;
  /** The writes of the try under way. */
  pending: readonly PendingWrite[] = [];
  readonly #storage: GitStorage;
  readonly #clock: Clock;
  readonly #arrivals: Arrivals;
  readonly #cut = new AbortController();
  readonly #answered = new Set<string>();
  #deadline: AnswerDeadline | undefined;
  #endTry: (() => void) | undefined;

  constructor(storage: GitStorage, clock: Clock, branch: ServedBranch, arrivals: Arrivals) {
    this.#storage = storage;
    this.#clock = clock;
    this.branch = branch;
    this.#arrivals = arrivals;
    this.startedAt = clock.elapsed();
  }

  /** The writes of the next try: those given, and what has arrived, as far as there is room. */
  gather(writes: readonly PendingWrite[]): readonly PendingWrite[] {
    this.pending = [...writes, ...this.#arrivals(Math.max(0, GROUP_SIZE - writes.length))];
    return this.pending;
  }

  /** Until when its writers have an answer. */
  get deadline(): AnswerDeadline {
    const { timeouts } = this.#storage.config;
    const waitedMs = this.pending.map((write) => write.waitedMs ?? 0);
    this.#deadline ??= new AnswerDeadline(this.#clock, this.#cut.signal, timeouts, Math.max(0, ...waitedMs));
    return this.#deadline;
  }

  /** The remote has answered: those left have time anew. */
  renewDeadline(): void {
    this.#deadline?.end();
    this.#deadline = undefined;
  }

  /** A try begins that pushes of a user's commits wait for. */
  beginTry(): void {
    this.endTry();
    this.#endTry = this.#storage.writes.pushes.write();
  }

  endTry(): void {
    this.#endTry?.();
    this.#endTry = undefined;
  }

  /** To be called in any case. */
  end(): void {
    this.endTry();
    this.#cut.abort(new VexilError("VEXIL_INTERNAL_CANCELLED", "the operation was cancelled"));
    this.renewDeadline();
  }

  committed(commit: PreparedCommit, pushed: boolean): readonly SyncEvent[] {
    const durationMs = this.#clock.elapsed() - commit.write.arrivedAt;
    return this.#once(commit.write, () => committed(this.#origin(), commit, pushed, durationMs));
  }

  decided(decision: Decided): readonly SyncEvent[] {
    return this.#once(decision.write, () => decided(this.#origin(), decision));
  }

  refused(write: PendingWrite, given: VexilError): readonly SyncEvent[] {
    const error = policyOf(given).writer === "unreachable" ? asUnavailable(given) : given;
    return this.decided({ type: "refused", write, error });
  }

  /** Each write is answered once, whatever goes wrong after that. */
  #once({ request }: PendingWrite, event: () => SyncEvent): readonly SyncEvent[] {
    if (this.#answered.has(request.id)) return [];
    this.#answered.add(request.id);
    return [event()];
  }

  #origin(): EventOrigin {
    return { storage: this.#storage.id, at: this.#clock.now() };
  }
}
