import type { SinkConfig } from "@vexil/config/config";
import type { Logger, Sink, SinkEvent } from "@vexil/plugin-api";
import { toVexilError, type VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../model/clock.js";
import { delay } from "../model/deadlines.js";
import { logEvent } from "../observe/catalogue.js";
import { doublingMs } from "../operators/back-off.js";
import type { GuardedSink } from "../plugins/plugin-registry.js";
import type { DroppedEvents } from "./dropped-events.js";
import type { EventBatch } from "./event-batches.js";
import type { SinkAccount } from "./sink-account.js";

const LONGEST_MS = 300_000;
/** Many sinks, and many daemons, have lost the same target at the same time. */
const BACK_OFF = { firstMs: 1_000, longestMs: LONGEST_MS, spread: 0.5 };

/** Of the log's line about something that was delivered. */
type Place = { readonly environment?: string; readonly revision?: string };

/** Parts of a target. */
export interface SinkTargetParts {
  readonly config: Pick<SinkConfig, "name" | "maxAgeMs">;
  readonly made: GuardedSink;
  readonly account: SinkAccount;
  readonly dropped: DroppedEvents;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends deliveries under way. */
  readonly cut: AbortSignal;
  readonly random?: () => number;
}

/** Brings events to a sink: one delivery at a time, again and again until it has taken them or they are put aside. */
export class SinkTarget {
  readonly #parts: SinkTargetParts;
  #turn: Promise<unknown> = Promise.resolve();
  /** When it may be tried again; by `Clock.elapsed()`. */
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(parts: SinkTargetParts) {
    this.#parts = parts;
  }

  /** Events that it takes at once. */
  get most(): number {
    return this.#parts.made.capabilities.batch;
  }

  /**
   * Resolves when all is taken or put aside.
   * @param signal aborted: no further delivery begins, and it rejects; one under way goes on until it is cut
   */
  async deliver(batch: EventBatch, signal: AbortSignal): Promise<void> {
    const { clock, config, account, cut, made } = this.#parts;
    const began = clock.elapsed();
    for (;;) {
      // A sink may take events out of what it gets: the next try, and what is put aside, have them all.
      const error = await this.#try(() => made.sink.deliver(structuredClone(batch), { signal: cut }), signal);
      if (error === undefined) return account.delivered(batch.length, placeOf(batch));
      if (error.code === "VEXIL_REFUSED_EVENT") return this.#sortOut(batch, error, signal);
      this.#failed(error);
      if (clock.elapsed() - began >= config.maxAgeMs) return this.#putAside(batch, error);
    }
  }

  /**
   * Has it do something else that it can, again and again until it is done.
   * @param work gives what it did, as the log tells of it, or undefined: there was nothing to do
   */
  async bring(
    work: (sink: Sink, options: { readonly signal: AbortSignal }) => Promise<Place | undefined>,
    signal: AbortSignal,
  ): Promise<void> {
    const { account, cut, made } = this.#parts;
    for (;;) {
      let done: Place | undefined;
      const error = await this.#try(async () => {
        done = await work(made.sink, { signal: cut });
      }, signal);
      if (error !== undefined) this.#failed(error);
      else return done === undefined ? undefined : account.delivered(1, done);
    }
  }

  /** One try, when it is its time; the error that it ended with. Rejects at the end. */
  async #try(work: () => Promise<void>, signal: AbortSignal): Promise<VexilError | undefined> {
    await this.#pause(signal);
    try {
      await this.#alone(work, signal);
      this.#notBefore = Number.NEGATIVE_INFINITY;
      return undefined;
    } catch (thrown) {
      if (this.#parts.cut.aborted) throw thrown;
      signal.throwIfAborted();
      return toVexilError(thrown);
    }
  }

  #failed(error: VexilError): void {
    const { account, clock } = this.#parts;
    const wait = account.failed(error, (failures) => this.#backOff(failures, error));
    this.#notBefore = clock.elapsed() + wait;
  }

  /** One of several is refused: the others are taken. */
  async #sortOut(batch: EventBatch, error: VexilError, signal: AbortSignal): Promise<void> {
    if (batch.length === 1) return this.#putAside(batch, error);
    for (const event of batch) await this.deliver([event], signal);
  }

  async #putAside(batch: EventBatch, error: VexilError): Promise<void> {
    const { dropped, account, clock, logger, config } = this.#parts;
    for (const event of batch) {
      account.dropped(event.id, error, dropped.path);
      await dropped.add(event, error, clock.now()).catch((reason: unknown) => {
        logEvent(logger, "sink.unkept", {
          sink: config.name,
          file: dropped.path,
          reason: toVexilError(reason).message,
        });
      });
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const left = this.#notBefore - this.#parts.clock.elapsed();
    if (left > 0) await delay(this.#parts.clock, left, signal);
  }

  /** Waits for the deliveries before; one that is given up meanwhile does not begin. */
  #alone(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const done = this.#turn.then(() => {
      signal.throwIfAborted();
      return work();
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #backOff(failures: number, error: VexilError): number {
    const asked = Math.min(Number(error.details.retryAfterMs ?? 0) || 0, LONGEST_MS);
    return Math.max(doublingMs(failures, BACK_OFF, this.#parts.random), asked);
  }
}

function placeOf(batch: EventBatch): Place {
  const last = batch.at(-1) as SinkEvent;
  return last.kind === "storage" ? {} : { environment: last.environment, revision: last.revision };
}
