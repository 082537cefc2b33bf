import { toVexilError } from "@vexil/plugin-api/errors";
import type { Observable } from "rxjs";
import type { Clock } from "../../model/clock.js";
import { delay } from "../../model/deadlines.js";
import { emitting } from "../../operators/emitting.js";
import type { GitStorage } from "../git-storage.js";
import type { InLane } from "../in-lane.js";
import type { StepContext } from "../step-context.js";
import { correlationOf, correlationOfGroup } from "./correlation.js";
import type { GroupRun } from "./group-run.js";
import { type GroupItem, type GroupStep, stillWaiting } from "./group-steps.js";
import type { PendingWrite } from "./prepared-writes.js";
import { backOffMs, tooManyRetries } from "./retry.js";

type Emit = (...items: readonly GroupItem[]) => void;

/** Time for which a group is retried. It is long, since each move of the branch is a write of somebody that is done. */
const RETRY_FOR_MS = 30_000;

/** The way of a group without a remote: the branch itself moves, all in one turn of the lane. */
export class LocalGroups {
  readonly #storage: GitStorage;
  readonly #clock: Clock;
  readonly #inLane: InLane;
  /** Groups that got their turn among the daemons that write to the backend. */
  readonly #ordered = new WeakSet<GroupRun>();

  constructor(storage: GitStorage, clock: Clock, inLane: InLane) {
    this.#storage = storage;
    this.#clock = clock;
    this.#inLane = inLane;
  }

  next(step: GroupStep, run: GroupRun): Observable<GroupItem> {
    return emitting(async (emit, signal) => {
      if (step.type === "waiting") await this.#commit(step.writes, run, emit, signal);
      if (step.type === "outdated") await this.#again(step.writes, run, emit, signal);
    });
  }

  async #commit(writes: readonly PendingWrite[], run: GroupRun, emit: Emit, signal: AbortSignal): Promise<void> {
    const turn = await this.#storage.writes.turns.take(signal);
    if (turn === undefined) this.#ordered.delete(run);
    else this.#ordered.add(run);
    try {
      const gathered = run.gather(writes);
      await this.#inLane((context) => this.#inTurn(gathered, run, emit, context), correlationOf(gathered));
    } finally {
      void turn?.end();
    }
  }

  async #inTurn(writes: readonly PendingWrite[], run: GroupRun, emit: Emit, context: StepContext): Promise<void> {
    const { group, events } = await this.#storage.writes.preparation.prepare(run.branch, writes, context);
    emit(...events, ...group.decided.flatMap((decision) => run.decided(decision)));
    if (group.commits.length === 0) return;
    try {
      const finished = await this.#storage.writes.finish.finish(group, {
        signal: context.signal,
        ...correlationOfGroup(group),
      });
      if (!finished.done) return emit({ type: "outdated", writes: stillWaiting(writes, group) });
      emit(...finished.events, ...finished.group.commits.flatMap((commit) => run.committed(commit, false)));
    } catch (error) {
      emit(...group.commits.flatMap(({ write }) => run.refused(write, toVexilError(error))));
    }
    emit({ type: "finished", left: group.undecided, answered: false });
  }

  /** The head that was faster is built on at once; only those who are late again and again keep apart. */
  async #again(writes: readonly PendingWrite[], run: GroupRun, emit: Emit, signal: AbortSignal): Promise<void> {
    const clock = this.#clock;
    run.moves += 1;
    if (clock.elapsed() - run.startedAt > RETRY_FOR_MS) throw tooManyRetries(run);
    if (!this.#ordered.has(run) && run.moves > 1) await delay(clock, backOffMs(run.moves), signal);
    emit({ type: "waiting", writes });
  }
}
