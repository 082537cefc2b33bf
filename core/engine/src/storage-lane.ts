import { randomUUID } from "node:crypto";
import type { WriteResult } from "@vexil/flags/edit/change";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  firstValueFrom,
  from,
  ignoreElements,
  interval,
  merge,
  type Observable,
  of,
  ReplaySubject,
  Subject,
  takeUntil,
} from "rxjs";
import { inSlices } from "./in-slices.js";
import type { Clock } from "./model/clock.js";
import type { SyncEvent } from "./model/events.js";
import { coalesceMap } from "./operators/coalesce-map.js";
import { fromAbortable } from "./operators/from-abortable.js";
import { groupWhileBusy } from "./operators/group-while-busy.js";
import { Lane } from "./operators/lane.js";
import { nextDelayMs } from "./operators/pace.js";
import { pollLoop } from "./operators/poll-loop.js";
import { whileLeased } from "./operators/while-leased.js";
import type { GitStorage } from "./storage/git-storage.js";
import type { Correlation, Download, StepContext } from "./storage/storage.js";
import type { PendingWrite } from "./storage/write/prepared-writes.js";
import { GROUP_SIZE, WriteRunner } from "./storage/write/write-runner.js";

/** The local rebuild's period (the product's promise). */
export const REBUILD_INTERVAL_MS = 10_000;

const LEASE_RETRY_MS = 1_000;
/** What other daemons wrote is served by the write that is about to have its turn, or after this. */
const TURN_MS = 250;

type FetchEvent = Extract<SyncEvent, { type: "fetch.succeeded" | "fetch.failed" }>;

/**
 * One storage's part of the pipeline:
 *
 *   every 10 s, watch hints ─────── coalesceMap ─────────────────────┐
 *   poll_interval, nudges ── pollLoop(download: network ▸ advance) ──┤ lane: one job at a time ──▶ events$
 *   writes ── groupWhileBusy(prepare ▸ push: network ▸ finish) ──────┘
 */
export class StorageLane {
  readonly storage: GitStorage;
  readonly lane = new Lane();
  readonly #clock: Clock;
  readonly #nudges = new Subject<void>();
  readonly #hints = new Subject<void>();
  readonly #drain = new ReplaySubject<void>(1);
  readonly #closing = new AbortController();
  readonly #polled = new Subject<number>();
  readonly #first = new ReplaySubject<VexilError | undefined>(1);
  #polls = 0;
  #failures = 0;
  #lastError: VexilError | undefined;

  readonly #writes = new Subject<PendingWrite>();
  readonly #runner: WriteRunner;
  readonly #emit: (event: SyncEvent) => void;
  #waiting = 0;
  #draining = false;

  /** @param emit where a write's events go while it is under way */
  constructor(storage: GitStorage, clock: Clock, emit: (event: SyncEvent) => void) {
    this.storage = storage;
    this.#clock = clock;
    this.#emit = emit;
    this.#runner = new WriteRunner(storage, {
      inLane: (step, correlation) => this.inLane(step, correlation),
      emit: (event) => {
        emit(event);
        if (event.type === "write.failed") this.#lookAfter(event.error);
      },
    });
  }

  /** Writes that wait or are under way. */
  get waitingWrites(): number {
    return this.#waiting;
  }

  /** Runs a step alone in the lane. */
  inLane<T>(
    step: (context: StepContext) => Promise<T>,
    correlation: Correlation = { correlationId: randomUUID() },
  ): Promise<T> {
    return firstValueFrom(this.lane.run(fromAbortable((signal) => step({ signal, ...correlation }))));
  }

  /** A backend that a write could not reach is failed at once, and looked at again. */
  #lookAfter(error: VexilError): void {
    if (error.code !== "VEXIL_UNAVAILABLE_STORAGE" || error.details.step !== "backend") return;
    this.#emit({ type: "rebuild.failed", storage: this.storage.id, at: this.#clock.now(), error });
    this.#hints.next();
  }

  /** Queues a write; it rejects with VexilError. */
  write(write: Omit<PendingWrite, "resolve" | "reject">): Promise<WriteResult> {
    if (this.#draining) {
      return Promise.reject(new VexilError("VEXIL_UNAVAILABLE_DRAINING", "the daemon is stopping; try again soon"));
    }
    this.#waiting += 1;
    return new Promise<WriteResult>((resolve, reject) => {
      this.#writes.next({ ...write, resolve, reject });
    }).finally(() => {
      this.#waiting -= 1;
    });
  }

  /** Hot work, cold Observable: subscribing starts the ticks. Never errors; completes after `drain()`. */
  events$(): Observable<SyncEvent> {
    this.storage.watch(() => this.#hints.next(), this.#closing.signal);
    return merge(this.#rebuilds(), this.#fetches(), this.#writeGroups());
  }

  /** The error of the first poll, if it failed; also resolves once another daemon polls and there is state. */
  firstPoll(): Promise<VexilError | undefined> {
    return firstValueFrom(this.#first);
  }

  /** Polls now, whatever the back-off; resolves when a poll that began after this call has ended. */
  async nudge(): Promise<void> {
    if (!this.storage.hasRemote || this.storage.following) {
      await this.#look();
      return;
    }
    const after = this.#polls;
    const outcome = new Promise<void>((resolve) => {
      const subscription = this.#polled.subscribe({
        next: (number) => {
          if (number <= after) return;
          subscription.unsubscribe();
          resolve();
        },
      });
    });
    this.#nudges.next();
    await outcome;
  }

  /** Without polls of its own: fetches once, where there is a remote, and looks at the backend. */
  async #look(): Promise<void> {
    const { storage } = this;
    const context = { signal: this.#closing.signal, correlationId: randomUUID() };
    const download = storage.hasRemote ? await storage.download(context) : undefined;
    const events = await this.inLane((step) =>
      download === undefined ? storage.rebuild(step) : storage.advance(download, step),
    );
    await inSlices(events).forEach((event) => {
      this.#emit(event);
    });
  }

  /** Ends the ticks. Work under way goes on, but for downloads: they change nothing, and a remote may hang. */
  drain(): void {
    this.#draining = true;
    this.#drain.next();
    this.#closing.abort();
  }

  #rebuilds(): Observable<SyncEvent> {
    return merge(interval(REBUILD_INTERVAL_MS, this.#clock.scheduler), this.#hints).pipe(
      takeUntil(this.#drain),
      coalesceMap(() =>
        from(this.storage.turns.settled(TURN_MS)).pipe(
          concatMap(() =>
            this.lane.run(fromAbortable((signal) => this.storage.rebuild({ signal, correlationId: randomUUID() }))),
          ),
          concatMap((events) => inSlices(events)),
          catchError((error: unknown) =>
            of<SyncEvent>({
              type: "rebuild.failed",
              storage: this.storage.id,
              at: this.#clock.now(),
              error: toVexilError(error),
            }),
          ),
        ),
      ),
    );
  }

  #writeGroups(): Observable<never> {
    return this.#writes.pipe(
      takeUntil(this.#drain),
      groupWhileBusy((group, more) => fromAbortable((signal) => this.#runner.run(group, signal, more)), GROUP_SIZE),
      ignoreElements(),
    );
  }

  #fetches(): Observable<SyncEvent> {
    if (!this.storage.hasRemote) return EMPTY;
    const { lease } = this.storage;
    if (lease === undefined) return this.#polling(this.#drain);
    // On a shared backend one daemon asks the remote for all of them; the others follow the backend.
    return whileLeased({
      tryLease: () => lease(this.#closing.signal),
      retryMs: LEASE_RETRY_MS,
      scheduler: this.#clock.scheduler,
      until$: this.#drain,
      work: (until$) => this.#polling(until$),
      following: (others) => {
        this.storage.following = others;
        if (others && this.storage.hasState) this.#first.next(undefined);
      },
      held: (held) => this.#emit({ type: "lease.changed", storage: this.storage.id, at: this.#clock.now(), held }),
    });
  }

  #polling(until$: Observable<unknown>): Observable<SyncEvent> {
    return pollLoop({
      poll: (number) => this.#poll(number),
      delayMs: () =>
        nextDelayMs({
          pollIntervalMs: this.storage.config.pollIntervalMs,
          failures: this.#failures,
          error: this.#lastError,
        }),
      nudges$: this.#nudges,
      scheduler: this.#clock.scheduler,
      until$,
      firstMs: 0,
    });
  }

  #poll(number: number): Observable<SyncEvent> {
    this.#polls = number;
    const correlationId = randomUUID();
    const { storage } = this;
    const closing = this.#closing.signal;
    return fromAbortable((signal) => storage.download({ signal, correlationId }), closing).pipe(
      concatMap((download) =>
        this.lane
          .run(fromAbortable((signal) => storage.advance(download, { signal, correlationId })))
          .pipe(concatMap((events) => concat(inSlices(events), this.#settled(number, download, correlationId)))),
      ),
      catchError((thrown: unknown) => {
        const error = toVexilError(thrown);
        // Cut because nobody wants it any more: no failure, and nothing to wait for.
        if (closing.aborted) return this.#tell(number, undefined);
        const nextAt = this.#note(error);
        return this.#settle(number, {
          type: "fetch.failed",
          storage: storage.id,
          at: this.#clock.now(),
          nextAt,
          error,
          correlationId,
        });
      }),
    );
  }

  /** The last steps of a good poll: a person's commits go out, what is faulty is looked for, then the poll is told. */
  #settled(number: number, download: Download, correlationId: string): Observable<SyncEvent> {
    const { storage } = this;
    return concat(
      fromAbortable((signal) => storage.pushAhead({ signal, correlationId })).pipe(ignoreElements()),
      this.#searchPast(correlationId),
      defer(() =>
        this.#settle(number, {
          type: "fetch.succeeded",
          storage: storage.id,
          at: this.#clock.now(),
          nextAt: this.#note(undefined),
          revision: download.heads.get(storage.config.branch),
          changed: download.changed,
          bytes: download.bytes,
          durationMs: download.durationMs,
          correlationId,
        }),
      ),
    );
  }

  /** Looks for the last good version of what is faulty, step by step: each fetches more of the past, then looks. */
  #searchPast(correlationId: string): Observable<SyncEvent> {
    const { storage } = this;
    return fromAbortable((signal) => storage.deepenPast({ signal, correlationId }), this.#closing.signal).pipe(
      concatMap((more) => (more ? concat(this.#rebuild(correlationId), this.#searchPast(correlationId)) : EMPTY)),
    );
  }

  #rebuild(correlationId: string): Observable<SyncEvent> {
    const step = fromAbortable((signal) => this.storage.rebuild({ signal, correlationId }));
    return this.lane.run(step).pipe(concatMap((events) => inSlices(events)));
  }

  /** Counts failures in a row. Returns when the next poll is due, about. */
  #note(error: VexilError | undefined): number {
    this.#failures = error === undefined ? 0 : this.#failures + 1;
    this.#lastError = error;
    const pace = { pollIntervalMs: this.storage.config.pollIntervalMs, failures: this.#failures, error };
    return this.#clock.now() + nextDelayMs(pace, () => 0.5);
  }

  /** The poll's own event goes last, after all that it caused; whoever waits for it is told after that. */
  #settle(number: number, fetched: FetchEvent): Observable<SyncEvent> {
    return concat(of(fetched), this.#tell(number, fetched.type === "fetch.failed" ? fetched.error : undefined));
  }

  #tell(number: number, error: VexilError | undefined): Observable<never> {
    return defer(() => {
      this.#first.next(error);
      this.#polled.next(number);
      return EMPTY;
    });
  }
}
