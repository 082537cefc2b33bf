import { randomUUID } from "node:crypto";
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  firstValueFrom,
  from,
  interval,
  merge,
  type Observable,
  of,
  ReplaySubject,
  Subject,
  takeUntil,
} from "rxjs";
import { toVexilError } from "../errors/to-vexil-error.js";
import type { VexilError } from "../errors/vexil-error.js";
import type { Storage } from "../storages/storage.js";
import type { Clock } from "./clock.js";
import { coalesceMap } from "./coalesce-map.js";
import type { SyncEvent } from "./events.js";
import { fromAbortable } from "./from-abortable.js";
import { Lane } from "./lane.js";
import { nextDelayMs } from "./pace.js";
import { pollLoop } from "./poll-loop.js";

/** The local rebuild's period (the product's promise). */
export const REBUILD_INTERVAL_MS = 10_000;

type FetchEvent = Extract<SyncEvent, { type: "fetch.succeeded" | "fetch.failed" }>;

/**
 * One storage's part of the pipeline:
 *
 *   every 10 s, watch hints ─────── coalesceMap ─────────────────────┐
 *   poll_interval, nudges ── pollLoop(download: network ▸ advance) ──┤ lane: one job at a time ──▶ events$
 */
export class StorageLane {
  readonly storage: Storage;
  readonly lane = new Lane();
  readonly #clock: Clock;
  readonly #nudges = new Subject<void>();
  readonly #hints = new Subject<void>();
  readonly #drain = new ReplaySubject<void>(1);
  readonly #closing = new AbortController();
  readonly #polled = new Subject<{ readonly number: number; readonly event: FetchEvent }>();
  readonly #first = new ReplaySubject<FetchEvent>(1);
  #polls = 0;
  #failures = 0;
  #lastError: VexilError | undefined;

  constructor(storage: Storage, clock: Clock) {
    this.storage = storage;
    this.#clock = clock;
  }

  /** Hot work, cold Observable: subscribing starts the ticks. Never errors; completes after `drain()`. */
  events$(): Observable<SyncEvent> {
    this.storage.watch(() => this.#hints.next(), this.#closing.signal);
    return merge(this.#rebuilds(), this.#fetches());
  }

  /** The outcome of the first poll. */
  firstPoll(): Promise<FetchEvent> {
    return firstValueFrom(this.#first);
  }

  /** Polls now, whatever the back-off; resolves with the outcome of a poll that began after this call. */
  async nudge(): Promise<FetchEvent> {
    const after = this.#polls;
    const outcome = new Promise<FetchEvent>((resolve, reject) => {
      const subscription = this.#polled.subscribe({
        next: ({ number, event }) => {
          if (number <= after) return;
          subscription.unsubscribe();
          resolve(event);
        },
        complete: () => reject(new Error("the daemon is stopping")),
      });
    });
    this.#nudges.next();
    return outcome;
  }

  /** Ends the ticks. Work under way goes on. */
  drain(): void {
    this.#drain.next();
    this.#closing.abort();
  }

  #rebuilds(): Observable<SyncEvent> {
    return merge(interval(REBUILD_INTERVAL_MS, this.#clock.scheduler), this.#hints).pipe(
      takeUntil(this.#drain),
      coalesceMap(() =>
        this.lane.run(fromAbortable((signal) => this.storage.rebuild({ signal, correlationId: randomUUID() }))).pipe(
          concatMap((events) => from(events)),
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

  #fetches(): Observable<SyncEvent> {
    if (!this.storage.hasRemote) return EMPTY;
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
      until$: this.#drain,
      firstMs: 0,
    });
  }

  #poll(number: number): Observable<SyncEvent> {
    this.#polls = number;
    const correlationId = randomUUID();
    const { storage } = this;
    return fromAbortable((signal) => storage.download({ signal, correlationId })).pipe(
      concatMap((download) =>
        this.lane.run(fromAbortable((signal) => storage.advance(download, { signal, correlationId }))).pipe(
          concatMap((events) => {
            const head = download.heads.get(storage.config.branch);
            const fetched: FetchEvent = {
              type: "fetch.succeeded",
              storage: storage.id,
              at: this.#clock.now(),
              nextAt: this.#note(undefined),
              revision: head,
              changed: download.changed,
              bytes: download.bytes,
              durationMs: download.durationMs,
              correlationId,
            };
            return this.#settle(number, fetched, events);
          }),
        ),
      ),
      catchError((thrown: unknown) => {
        const error = toVexilError(thrown);
        const nextAt = this.#note(error);
        return this.#settle(
          number,
          { type: "fetch.failed", storage: storage.id, at: this.#clock.now(), nextAt, error, correlationId },
          [],
        );
      }),
    );
  }

  /** Counts failures in a row. Returns when the next poll is due, about. */
  #note(error: VexilError | undefined): number {
    this.#failures = error === undefined ? 0 : this.#failures + 1;
    this.#lastError = error;
    const pace = { pollIntervalMs: this.storage.config.pollIntervalMs, failures: this.#failures, error };
    return this.#clock.now() + nextDelayMs(pace, () => 0.5);
  }

  /** The poll's own event goes last, after all that it caused; whoever waits for it is told after that. */
  #settle(number: number, fetched: FetchEvent, events: readonly SyncEvent[]): Observable<SyncEvent> {
    const told = defer(() => {
      this.#first.next(fetched);
      this.#polled.next({ number, event: fetched });
      return EMPTY;
    });
    return concat(from([...events, fetched]), told);
  }
}
