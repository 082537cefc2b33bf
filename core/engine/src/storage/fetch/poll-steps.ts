import { randomUUID } from "node:crypto";
import { toVexilError, type VexilError } from "@vexil/plugin-api/errors";
import { catchError, concat, concatMap, defer, EMPTY, ignoreElements, type Observable, of } from "rxjs";
import { inSlices } from "../../in-slices.js";
import type { Clock } from "../../model/clock.js";
import type { SyncEvent } from "../../model/events.js";
import { nextDelayMs } from "../../operators/back-off.js";
import { fromAbortable } from "../../operators/from-abortable.js";
import type { OneAtATime } from "../../operators/one-at-a-time.js";
import type { GitStorage } from "../git-storage.js";
import type { Download, StepContext } from "../step-context.js";

/** Polls of a storage's remote, as streams of what they did. None of them errors. */
export class PollSteps {
  readonly #storage: GitStorage;
  readonly #alone: OneAtATime;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  /** In a row. */
  #failures = 0;
  #lastError: VexilError | undefined;

  /** @param closing cuts downloads, and nothing else */
  constructor(storage: GitStorage, alone: OneAtATime, clock: Clock, closing: AbortSignal) {
    this.#storage = storage;
    this.#alone = alone;
    this.#clock = clock;
    this.#closing = closing;
  }

  /** Milliseconds from the end of the last poll to the next. */
  delayMs(random?: () => number): number {
    const { pollIntervalMs } = this.#storage.config;
    return nextDelayMs({ pollIntervalMs, failures: this.#failures, error: this.#lastError }, random);
  }

  /** Asks the remote, and serves what it has. The poll's own event goes last, after all that it caused. */
  poll(nudges: readonly string[]): Observable<SyncEvent> {
    const correlationId = randomUUID();
    const followed$ = this.#download(correlationId, nudges).pipe(
      concatMap((download) =>
        this.#onceRead(download, () =>
          concat(
            this.#advance(download, correlationId),
            this.#pushAhead(correlationId),
            this.#searchPast(correlationId),
            defer(() => of(this.#succeeded(download, correlationId))),
          ),
        ),
      ),
      // Cut because nobody wants it any more: no failure, and nothing to wait for.
      catchError((error: unknown) =>
        this.#closing.aborted ? EMPTY : of(this.#failed(toVexilError(error), correlationId)),
      ),
    );
    return concat(this.#began(correlationId), followed$, this.answered(nudges));
  }

  /** For a storage that does not poll: fetches once, where there is a remote, and looks at the backend. */
  look(nudges: readonly string[]): Observable<SyncEvent> {
    const correlationId = randomUUID();
    const looked$ = this.#storage.hasRemote
      ? this.#download(correlationId).pipe(
          concatMap((download) => this.#onceRead(download, () => this.#advance(download, correlationId))),
        )
      : this.#lookHere(correlationId);
    return concat(looked$, this.answered(nudges)).pipe(
      catchError((error: unknown) => this.answered(nudges, toVexilError(error))),
    );
  }

  /** @param error what kept from being done what they asked for */
  answered(nudges: readonly string[], error?: VexilError): Observable<SyncEvent> {
    if (nudges.length === 0) return EMPTY;
    const failure = error === undefined ? {} : { error };
    const answer = (): SyncEvent => ({ type: "nudge.answered", ...this.#here(), nudges, ...failure });
    return defer(() => of(answer()));
  }

  #began(correlationId: string): Observable<SyncEvent> {
    return defer(() => of<SyncEvent>({ type: "poll.began", ...this.#here(), correlationId }));
  }

  #download(correlationId: string, nudges: readonly string[] = []): Observable<Download> {
    const { fetcher } = this.#storage.fetches;
    return fromAbortable((signal) => fetcher.download({ signal, correlationId }, nudges), this.#closing);
  }

  /** Files are read beside the lane, in which nothing waits for them then. Cut meanwhile, nothing of the rest is done. */
  #onceRead(download: Download, rest: () => Observable<SyncEvent>): Observable<SyncEvent> {
    return this.#storage.state.readAhead.before(async () => download.heads, this.#closing, rest);
  }

  #advance(download: Download, correlationId: string): Observable<SyncEvent> {
    return this.#inLane((context) => this.#storage.fetches.follower.advance(download, context), correlationId);
  }

  /** A user's commits go out. */
  #pushAhead(correlationId: string): Observable<never> {
    const { fetches, writes } = this.#storage;
    const push = async (context: StepContext): Promise<void> => {
      const { clone } = fetches;
      if (clone?.isAhead === true) await writes.pushes.ahead(() => clone.pushAhead(context));
    };
    return fromAbortable((signal) => push({ signal, correlationId })).pipe(ignoreElements());
  }

  /** Looks for the last good version of what is faulty, step by step: each fetches more of the past, then looks. */
  #searchPast(correlationId: string): Observable<SyncEvent> {
    const { pastFetcher } = this.#storage.fetches;
    if (pastFetcher === undefined) return EMPTY;
    return fromAbortable((signal) => pastFetcher.deepen(signal), this.#closing).pipe(
      concatMap((more) => (more ? concat(this.#rebuild(correlationId), this.#searchPast(correlationId)) : EMPTY)),
    );
  }

  #lookHere(correlationId: string): Observable<SyncEvent> {
    const { readAhead, rebuilder } = this.#storage.state;
    return readAhead.before(
      () => rebuilder.heads(),
      this.#closing,
      () => this.#rebuild(correlationId),
    );
  }

  #rebuild(correlationId: string): Observable<SyncEvent> {
    return this.#inLane((context) => this.#storage.state.rebuilder.rebuild(context), correlationId);
  }

  #inLane(step: (context: StepContext) => Promise<readonly SyncEvent[]>, correlationId: string): Observable<SyncEvent> {
    return this.#alone(fromAbortable((signal) => step({ signal, correlationId }))).pipe(
      concatMap((events) => inSlices(events)),
    );
  }

  #succeeded({ heads, changed, bytes, durationMs }: Download, correlationId: string): SyncEvent {
    const nextAt = this.#note(undefined);
    const revision = heads.get(this.#storage.config.branch);
    return {
      type: "fetch.succeeded",
      ...this.#here(),
      correlationId,
      nextAt,
      revision,
      changed,
      bytes,
      durationMs,
    };
  }

  #failed(error: VexilError, correlationId: string): SyncEvent {
    return { type: "fetch.failed", ...this.#here(), correlationId, nextAt: this.#note(error), error };
  }

  #here(): { readonly storage: string; readonly at: number } {
    return { storage: this.#storage.id, at: this.#clock.now() };
  }

  /** Counts failures in a row. Returns when the next poll is due, about. */
  #note(error: VexilError | undefined): number {
    this.#failures = error === undefined ? 0 : this.#failures + 1;
    this.#lastError = error;
    return this.#clock.now() + this.delayMs(() => 0.5);
  }
}
