import { randomUUID } from "node:crypto";
import { toVexilError, type VexilError } from "@vexil/plugin-api/errors";
import { catchError, concatMap, defer, from, type Observable, of } from "rxjs";
import { inSlices } from "../../in-slices.js";
import type { Clock } from "../../model/clock.js";
import type { SyncEvent } from "../../model/events.js";
import type { StoragePhase } from "../../model/storage-phase.js";
import { fromAbortable } from "../../operators/from-abortable.js";
import type { OneAtATime } from "../../operators/one-at-a-time.js";
import type { GitStorage } from "../git-storage.js";

/** Longest wait for a write that is about to have its turn, and serves the commits of other daemons itself. */
const TURN_MS = 250;

/** Looks at a storage's backend, as streams of what was found there. None of them errors. */
export class RebuildSteps {
  readonly #storage: GitStorage;
  readonly #alone: OneAtATime;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;

  constructor(storage: GitStorage, alone: OneAtATime, clock: Clock, closing: AbortSignal) {
    this.#storage = storage;
    this.#alone = alone;
    this.#clock = clock;
    this.#closing = closing;
  }

  /** Serves what has changed in the backend. */
  rebuild(): Observable<SyncEvent> {
    const { turns } = this.#storage.writes;
    const correlationId = randomUUID();
    const { readAhead, rebuilder } = this.#storage.state;
    const rebuild = (): Observable<readonly SyncEvent[]> =>
      this.#alone(fromAbortable((signal) => rebuilder.rebuild({ signal, correlationId })));
    return from(turns.settled(TURN_MS)).pipe(
      concatMap(() => readAhead.before(() => rebuilder.heads(), this.#closing, rebuild)),
      concatMap((events) => inSlices(events)),
      catchError((error: unknown) => of(this.#failed(toVexilError(error)))),
    );
  }

  /** The event, and where a write could not reach the backend that it has failed: nobody waits for the next rebuild. */
  withDoubt(event: SyncEvent): Observable<SyncEvent> {
    return isBackendAway(event) ? of(event, this.#failed(event.error)) : of(event);
  }

  /** The storage goes over to a phase. */
  entered(phase: StoragePhase): Observable<SyncEvent> {
    return defer(() => from(this.#enter(phase)));
  }

  /** Another daemon has the lease to poll, or this one. */
  leased(held: boolean): readonly SyncEvent[] {
    const changed = this.#enter(held ? "polling" : "following");
    return [...changed, { type: "lease.changed", storage: this.#storage.id, at: this.#clock.now(), held }];
  }

  #enter(phase: StoragePhase): readonly SyncEvent[] {
    if (!this.#storage.phase.enter(phase)) return [];
    return [{ type: "phase.changed", storage: this.#storage.id, at: this.#clock.now(), phase }];
  }

  #failed(error: VexilError): SyncEvent {
    return { type: "rebuild.failed", storage: this.#storage.id, at: this.#clock.now(), error };
  }
}

/** Tells if a write failed because the backend could not be reached. */
export function isBackendAway(event: SyncEvent): event is Extract<SyncEvent, { readonly type: "write.failed" }> {
  if (event.type !== "write.failed") return false;
  return event.error.code === "VEXIL_UNAVAILABLE_STORAGE" && event.error.details.step === "backend";
}
