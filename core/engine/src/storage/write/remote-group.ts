import type { Remote } from "@vexil/git/remote/remote";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { Observable } from "rxjs";
import type { Clock } from "../../model/clock.js";
import { delay } from "../../model/deadlines.js";
import type { SyncEvent } from "../../model/events.js";
import { emitting } from "../../operators/emitting.js";
import type { GitStorage } from "../git-storage.js";
import type { InLane } from "../in-lane.js";
import { headRef } from "../ref-names.js";
import type { Correlation, StepContext } from "../step-context.js";
import { catchUp } from "./catch-up.js";
import { correlationOf, correlationOfGroup } from "./correlation.js";
import type { GroupRun } from "./group-run.js";
import { type GroupItem, type GroupStep, stillWaiting } from "./group-steps.js";
import type { FinishedGroup, PendingWrite, PreparedGroup, PushOutcome } from "./prepared-writes.js";
import { pushBranch } from "./push-commits.js";
import { backOffMs, tooManyRetries } from "./retry.js";
import { asUnavailable, type LastTimeout, timeoutOf } from "./unreachable.js";
import { pushed } from "./write-events.js";

type Emit = (...items: readonly GroupItem[]) => void;

const TRIES = 16;

/** The way of a group to a remote: one push of all its commits, and the local branch moves after the remote's yes. */
export class RemoteGroups {
  readonly #storage: GitStorage;
  readonly #clock: Clock;
  readonly #remote: Remote;
  readonly #inLane: InLane;
  /** The last time that the remote left writes without an answer. */
  #lastTimeout: LastTimeout | undefined;

  constructor(storage: GitStorage, remote: Remote, clock: Clock, inLane: InLane) {
    this.#storage = storage;
    this.#clock = clock;
    this.#remote = remote;
    this.#inLane = inLane;
  }

  next(step: GroupStep, run: GroupRun): Observable<GroupItem> {
    return emitting(async (emit, signal) => {
      let goesOn = false;
      try {
        if (step.type === "waiting") goesOn = await this.#prepare(step.writes, run, emit);
        if (step.type === "prepared") goesOn = await this.#push(step.writes, step.group, run, emit);
        if (step.type === "outdated") await this.#again(step.writes, run, emit, signal);
        if (step.type === "pushed") await this.#finish(step.group, run, emit);
      } catch (error) {
        this.#noteTimeout(error);
        throw error;
      } finally {
        if (!goesOn) run.endTry();
      }
    });
  }

  #noteTimeout(error: unknown): void {
    this.#lastTimeout = timeoutOf(error, this.#clock.elapsed()) ?? this.#lastTimeout;
  }

  /** @returns true: the try goes on with a push */
  async #prepare(waiting: readonly PendingWrite[], run: GroupRun, emit: Emit): Promise<boolean> {
    const writes = this.#refuseLate(run.gather(waiting), run, emit);
    if (writes.length === 0) return false;
    run.beginTry();
    const { deadline } = run;
    const correlation = correlationOf(writes);
    const group = await this.#inLane(async (context) => {
      // A revision that is named may have to be looked for on the remote.
      const signal = AbortSignal.any([context.signal, deadline.answer]);
      const prepared = await this.#storage.writes.preparation.prepare(run.branch, writes, { ...context, signal });
      emit(...prepared.events, ...prepared.group.decided.flatMap((decision) => run.decided(decision)));
      return prepared.group;
    }, correlation);
    if (group.staleRevision.length > 0) await this.#lookAgain(writes, group, run, emit);
    else if (group.commits.length > 0) emit({ type: "prepared", writes, group });
    return group.staleRevision.length === 0 && group.commits.length > 0;
  }

  /**
   * Refuses writes that have waited in vain behind others: they are not made to wait again.
   * @returns the rest
   */
  #refuseLate(writes: readonly PendingWrite[], run: GroupRun, emit: Emit): readonly PendingWrite[] {
    const lastTimeout = this.#lastTimeout;
    if (lastTimeout === undefined) return writes;
    const late = writes.filter(({ arrivedAt }) => arrivedAt <= lastTimeout.at);
    emit(...late.flatMap((write) => run.refused(write, lastTimeout.error)));
    return writes.filter((write) => !late.includes(write));
  }

  /**
   * The request may name a commit that this daemon has not fetched yet, and who is refused should find the remote's
   * head served. Without the remote the rule is decided on what is known.
   */
  async #lookAgain(writes: readonly PendingWrite[], group: PreparedGroup, run: GroupRun, emit: Emit): Promise<void> {
    await this.#catchUp(run, correlationOf(writes), emit).catch(() => undefined);
    const again = stillWaiting(writes, group).map((write) =>
      group.staleRevision.includes(write) ? { ...write, caughtUp: true as const } : write,
    );
    emit({ type: "waiting", writes: again });
  }

  /** @returns true: the try goes on with what the remote has taken */
  async #push(writes: readonly PendingWrite[], prepared: PreparedGroup, run: GroupRun, emit: Emit): Promise<boolean> {
    const clock = this.#clock;
    const tip = prepared.commits.at(-1)?.oid ?? prepared.base;
    await this.#storage.writes.pushes.clear();
    // A user's commits that the remote lacks by now go along: the write lies on top of them.
    const ahead = await this.#storage.writes.aheadOf(run.branch.name, prepared.base);
    const group = ahead === undefined ? prepared : { ...prepared, ahead };
    const startedAt = clock.elapsed();
    const outcome = await pushBranch(
      this.#remote,
      {
        ref: headRef(run.branch.name),
        old: group.ahead?.base ?? group.base,
        new: tip,
        objects: [...(group.ahead?.objects ?? []), ...group.commits.flatMap(({ objects }) => objects)],
      },
      async (remoteTip) => {
        await this.#catchUp(run, correlationOf(writes), emit);
        return this.#storage.history.contains(remoteTip, tip, run.deadline.answer);
      },
      run.deadline,
    );
    if (outcome.type === "accepted") {
      emit(pushed({ storage: this.#storage.id, at: clock.now() }, group, clock.elapsed() - startedAt));
      emit({ type: "pushed", group });
    } else if (outcome.type === "moved") {
      await this.#catchUp(run, correlationOf(writes), emit);
      emit({ type: "outdated", writes: stillWaiting(writes, group) });
    } else {
      this.#refuse(outcome, group, run, emit);
    }
    return outcome.type === "accepted";
  }

  #refuse(
    outcome: Extract<PushOutcome, { readonly type: "refused" | "failed" }>,
    group: PreparedGroup,
    run: GroupRun,
    emit: Emit,
  ): void {
    const writes = group.commits.map(({ write }) => write);
    const answered = outcome.type === "refused";
    if (!answered) this.#noteTimeout(outcome.error);
    if (answered && writes.length > 1) {
      emit(...writes.map((write) => ({ type: "alone", write }) as const));
    } else {
      const error = answered ? outcome.error : asUnavailable(outcome.error);
      emit(...writes.flatMap((write) => run.refused(write, error)));
    }
    emit({ type: "finished", left: group.undecided, answered });
  }

  async #finish(group: PreparedGroup, run: GroupRun, emit: Emit): Promise<void> {
    const correlation = correlationOfGroup(group);
    const done = await this.#inLane(async (context) => {
      const finished = await this.#moveBranch(group, context, emit);
      if (finished.done) emit(...finished.events);
      return finished.done;
    }, correlation);
    // A poll may have been faster, or a user moved the branch: then the remote's head is followed as ever.
    if (!done) await this.#catchUp(run, correlation, emit).catch(() => undefined);
    emit(...group.commits.flatMap((commit) => run.committed(commit, true)));
    emit({ type: "finished", left: group.undecided, answered: true });
  }

  async #moveBranch(group: PreparedGroup, context: StepContext, emit: Emit): Promise<FinishedGroup> {
    try {
      return await this.#storage.writes.finish.finish(group, context);
    } catch (thrown) {
      // The remote has the commits, so the write stands; that the local side lags behind shows in the storage's state.
      const { id } = this.#storage;
      const error = toVexilError(thrown);
      emit({ type: "rebuild.failed", storage: id, at: this.#clock.now(), error, ...correlationOfGroup(group) });
      return { done: false, group, events: [] };
    }
  }

  async #again(writes: readonly PendingWrite[], run: GroupRun, emit: Emit, signal: AbortSignal): Promise<void> {
    run.moves += 1;
    if (writes.length === 0) return;
    if (run.moves >= TRIES) throw tooManyRetries(run);
    await delay(this.#clock, backOffMs(run.moves), signal);
    emit({ type: "waiting", writes });
  }

  /** Fetches and serves the remote's head, so that the next try, ours or a user's, is decided on it. */
  async #catchUp(run: GroupRun, correlation: Correlation, emit: Emit): Promise<void> {
    const tell = (events: readonly SyncEvent[]): void => emit(...events);
    await catchUp(this.#storage, this.#inLane, correlation, run.deadline.answer, tell);
  }
}
