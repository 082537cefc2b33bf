import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { WriteResult } from "@vexil/flags/edit/change";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import {
  catchError,
  concat,
  defer,
  finalize,
  from,
  ignoreElements,
  merge,
  type Observable,
  of,
  Subject,
  takeUntil,
} from "rxjs";
import { type Answers, draining } from "./answers.js";
import type { Clock } from "./model/clock.js";
import type { SyncEvent } from "./model/events.js";
import type { WritePreview } from "./model/write-preview.js";
import { oneAtATime } from "./operators/one-at-a-time.js";
import { sync } from "./pipeline.js";
import type { GitStorage } from "./storage/git-storage.js";
import { type InLane, inLaneOf } from "./storage/in-lane.js";
import type { PendingWrite } from "./storage/write/prepared-writes.js";
import { WritePreviews } from "./storage/write/write-previews.js";

/** A storage in the machine: what may be put into it, and the stream of what comes out. */
export class RunningStorage {
  readonly storage: GitStorage;
  /** Runs a step between all others of the storage. */
  readonly inLane: InLane;
  readonly #clock: Clock;
  readonly #answers: Answers;
  readonly #alone = oneAtATime();
  readonly #hints = new Subject<void>();
  readonly #nudges = new Subject<string>();
  readonly #writes = new Subject<PendingWrite>();
  readonly #previews: WritePreviews;
  readonly #drain = new AbortController();
  /** Work on the storage beside its stream. */
  readonly #besides = new Set<Promise<unknown>>();
  /** Events of that work. */
  readonly #told = new Subject<SyncEvent>();
  #isLive = false;
  /** Why it ended, where nobody wanted it to. */
  #defect: VexilError | undefined;

  constructor(storage: GitStorage, clock: Clock, answers: Answers) {
    this.storage = storage;
    this.inLane = inLaneOf(this.#alone);
    this.#previews = new WritePreviews(storage, this.inLane, (events) => {
      for (const event of events) this.tell(event);
    });
    this.#clock = clock;
    this.#answers = answers;
    // Each answer to a git client listens to it.
    setMaxListeners(0, this.#drain.signal);
  }

  /**
   * All that happens to the storage from now on; subscribing starts its ticks. Completes after `drain()`. Never errors:
   * a defect fails the storage and closes it.
   * @param opened what opening it has made happen
   * @param cut$ ends it at once, work under way too
   */
  events$(opened: Observable<SyncEvent>, cut$: Observable<unknown>): Observable<SyncEvent> {
    const { storage } = this;
    const signal = this.#drain.signal;
    const inputs = { hints$: this.#hints, nudges$: this.#nudges, writes$: this.#writes, drain: signal };
    const life$ = defer(() => {
      this.#isLive = true;
      storage.watch(() => this.#hints.next(), signal);
      return sync(storage, inputs, this.#clock, this.#alone);
    });
    const besides$ = defer(() => from(Promise.allSettled(this.#besides))).pipe(
      ignoreElements(),
      finalize(() => this.#told.complete()),
    );
    return concat(
      merge(this.#told, concat(opened, life$, besides$)).pipe(
        takeUntil(cut$),
        catchError((error: unknown) => of(this.#failed(toVexilError(error)))),
      ),
      defer(() => of(this.#closed())),
    );
  }

  /** Tells that what is put into it is heard, and will be answered. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Writes that wait or are under way. */
  get waitingWrites(): number {
    return this.#answers.waitingWrites(this.storage.id);
  }

  /** Aborts when it ends. */
  get draining(): AbortSignal {
    return this.#drain.signal;
  }

  /** Queues a write; resolves once it is served, and rejects with VexilError. */
  write(write: PendingWrite): Promise<WriteResult> {
    if (this.#drain.signal.aborted) return Promise.reject(this.#drain.signal.reason);
    const answer = this.#answers.ofWrite(this.storage.id, write.request.id);
    this.#writes.next(write);
    return answer;
  }

  /** Previews that wait or are under way. */
  get waitingPreviews(): number {
    return this.#previews.waiting;
  }

  /** Tells what a write would do now; rejects with VexilError. */
  preview(write: PendingWrite, signal: AbortSignal): Promise<WritePreview> {
    return this.beside(() => this.#previews.of(write, signal));
  }

  /**
   * Polls now, whatever the back-off; resolves when a poll that began after this call has ended.
   * @param branches all that is known to have moved; the poll may leave out the others
   */
  async nudge(branches?: ReadonlySet<string>): Promise<void> {
    if (this.#drain.signal.aborted) return;
    const nudge = randomUUID();
    const { nudged } = this.storage.fetches.fetcher;
    if (branches !== undefined) nudged.set(nudge, branches);
    const answer = this.#answers.ofNudge(this.storage.id, nudge);
    this.#nudges.next(nudge);
    await answer.finally(() => nudged.delete(nudge));
  }

  /** Does something with the storage that is no event of its stream; it is not closed before that has ended. */
  async beside<T>(work: () => Promise<T>): Promise<T> {
    if (this.#drain.signal.aborted) throw this.#drain.signal.reason;
    const working = work();
    const settled = working.then(
      () => undefined,
      () => undefined,
    );
    this.#besides.add(settled);
    void settled.then(() => this.#besides.delete(settled));
    return working;
  }

  /** Adds an event of work beside the stream, which has not ended yet. */
  tell(event: SyncEvent): void {
    this.#told.next(event);
  }

  /** Ends the ticks. Work under way goes on, but for downloads: they change nothing, and a remote may hang. */
  drain(): void {
    this.#drain.abort(draining());
  }

  #failed(cause: VexilError): SyncEvent {
    const { id } = this.storage;
    this.#defect = new VexilError(
      "VEXIL_INTERNAL_BUG",
      `storage ${id} was closed because of a defect: ${cause.message}; reload the configuration (SIGHUP) or restart to open it again`,
      { details: cause.details, cause },
    );
    return { type: "rebuild.failed", storage: id, at: this.#clock.now(), error: this.#defect };
  }

  #closed(): SyncEvent {
    const { phase, id } = this.storage;
    phase.enter("draining");
    phase.enter("closed");
    this.#isLive = false;
    // Nothing may be put into it any more, and its backend need not be watched.
    this.#drain.abort(this.#defect ?? draining());
    const closed = { type: "phase.changed", storage: id, at: this.#clock.now(), phase: "closed" } as const;
    return this.#defect === undefined ? closed : { ...closed, error: this.#defect };
  }
}
