import { toVexilError } from "@vexil/plugin-api/errors";
import { catchError, concat, defer, EMPTY, finalize, from, type Observable, of } from "rxjs";
import type { Clock } from "../../model/clock.js";
import type { SyncEvent } from "../../model/events.js";
import type { OneAtATime } from "../../operators/one-at-a-time.js";
import { unfold } from "../../operators/unfold.js";
import type { GitStorage } from "../git-storage.js";
import { inLaneOf } from "../in-lane.js";
import type { ServedBranch } from "../state/branch-set.js";
import { type Arrivals, GroupRun } from "./group-run.js";
import { type GroupItem, type GroupStep, isStep } from "./group-steps.js";
import { LocalGroups } from "./local-group.js";
import type { PendingWrite } from "./prepared-writes.js";
import { RemoteGroups } from "./remote-group.js";

/**
 * Takes groups of writes through prepare ▸ push ▸ finish, and tells what becomes of each. The network stays out of the
 * lane; the local branch moves only after the remote's yes; a write is answered once evaluation reflects it.
 */
export class WriteGroups {
  readonly #storage: GitStorage;
  readonly #clock: Clock;
  readonly #way: LocalGroups | RemoteGroups;

  constructor(storage: GitStorage, clock: Clock, alone: OneAtATime) {
    const { remote } = storage;
    const inLane = inLaneOf(alone);
    this.#storage = storage;
    this.#clock = clock;
    this.#way =
      remote === undefined ? new LocalGroups(storage, clock, inLane) : new RemoteGroups(storage, remote, clock, inLane);
  }

  /**
   * Never errors: what goes wrong is the answer of the writes it concerns.
   * @param more takes writes that have arrived since: they go with the others
   */
  write(writes: readonly PendingWrite[], more: Arrivals = () => []): Observable<SyncEvent> {
    return defer(() => {
      const waiting = new Map<ServedBranch, PendingWrite[]>();
      const add = (arrived: readonly PendingWrite[]): void => {
        for (const write of arrived) waiting.set(write.branch, [...(waiting.get(write.branch) ?? []), write]);
      };
      add(writes);
      const next = (): Observable<SyncEvent> => {
        const [branch] = waiting.keys();
        if (branch === undefined) return EMPTY;
        const arrivals: Arrivals = (room) => {
          add(more(room));
          const taken = waiting.get(branch) ?? [];
          waiting.delete(branch);
          return taken;
        };
        return concat(this.#group(branch, [], arrivals), defer(next));
      };
      return next();
    });
  }

  #group(branch: ServedBranch, writes: readonly PendingWrite[], arrivals: Arrivals): Observable<SyncEvent> {
    return defer(() => {
      const run = new GroupRun(this.#storage, this.#clock, branch, arrivals);
      const first: GroupStep = { type: "waiting", writes };
      return unfold<GroupStep, SyncEvent>({ first, next: (step) => this.#next(step, run), isStep }).pipe(
        finalize(() => run.end()),
      );
    });
  }

  #next(step: GroupStep, run: GroupRun): Observable<GroupItem> {
    // Only those refused alone get the error.
    if (step.type === "alone") return this.#group(run.branch, [step.write], () => []);
    if (step.type === "finished") {
      if (step.answered) run.renewDeadline();
      return step.left.length > 0 ? of({ type: "waiting", writes: step.left }) : EMPTY;
    }
    return this.#way
      .next(step, run)
      .pipe(
        catchError((error: unknown) => from(run.pending.flatMap((write) => run.refused(write, toVexilError(error))))),
      );
  }
}
