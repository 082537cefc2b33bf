import type { Logger } from "./logger.js";
import type { SinkEvent } from "./sink-event.js";

/**
 * A place that is told what happened. The host gives it events in order, again until it has taken them: whoever must see
 * each once looks at their ids.
 * @example { deliver: (events) => append(events.map((event) => JSON.stringify(event))), close: async () => {} }
 */
export interface Sink {
  /**
   * Takes events, all or none: what rejects is given once more, later. One call at a time.
   * @param events between 1 and `capabilities.batch`, the oldest first
   * @param options.signal aborted at the deadline, and when the daemon stops
   * @throws VexilError `VEXIL_UNAVAILABLE_SINK`: tried again, with a back-off (`details.retryAfterMs`: no sooner);
   * `VEXIL_REFUSED_EVENT`: the event itself is not taken, and never will be; anything else counts as the former
   */
  deliver(events: readonly SinkEvent[], options: { readonly signal: AbortSignal }): Promise<void>;
  /** Milliseconds that one `deliver` may take, at most 300,000; undefined: 10 s. */
  readonly deliverMs?: number | undefined;
  /** Idempotent; 5 s at most. */
  close(): Promise<void>;
}

/**
 * Promises of a sink.
 * @example capabilities: { batch: 100 }
 */
export interface SinkCapabilities {
  /** Events that one `deliver` takes at most; from 1 to 1000. */
  readonly batch: number;
}

/**
 * Facts from the host for making a sink.
 * @example async create(settings, { logger }) { return openLog(settings.path, logger); }
 */
export interface SinkContext {
  readonly sink: {
    /** The key under `sinks` in the configuration. */
    readonly name: string;
  };
  readonly configDirectory: string;
  readonly logger: Logger;
  /** Registers a text that must not be seen, as for backends. */
  redact(secret: string): void;
  /** Aborted when `create` takes longer than 10 s, and when the daemon stops meanwhile. */
  readonly signal: AbortSignal;
}
