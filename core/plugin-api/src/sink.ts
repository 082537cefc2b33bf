import type { Logger } from "./logger.js";
import type { SinkEvent } from "./sink-event.js";
import type { SinkSnapshot } from "./sink-snapshot.js";

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
  /**
   * With the capability `snapshots`: takes the state that an environment serves, in place of the one before. The host gives
   * it after each start and whenever it is another, of several in quick succession the last; again until it is taken. One
   * call at a time, of `deliver` and `retain`, too.
   * @throws VexilError as `deliver`; `VEXIL_REFUSED_EVENT` counts as any other
   */
  publish?(snapshot: SinkSnapshot, options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * With the capability `snapshots`: what it has of environments that are none of these goes. Called some seconds after all
   * storages have served, and after environments have come or gone.
   * @param environments that are there, also those that have not served yet
   */
  retain?(environments: readonly string[], options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Looks whether deliveries could come where they go, delivers nothing, and leaves nothing behind: for `vexil doctor`, which
   * calls nothing else but `close`. Undefined: nobody can tell.
   * @returns what was found, in a line that holds no secret
   * @throws VexilError `VEXIL_UNAVAILABLE_SINK`: they could not
   */
  examine?(options: { readonly signal: AbortSignal }): Promise<string>;
  /** Milliseconds that one `deliver`, `publish` or `retain` may take, at most 300,000; undefined: 10 s. */
  readonly deliverMs?: number | undefined;
  /** Idempotent; 5 s at most. */
  close(): Promise<void>;
}

/**
 * Promises of a sink.
 * @example capabilities: { batch: 100 }
 * @example capabilities: { batch: 0, snapshots: true }
 */
export interface SinkCapabilities {
  /** Events that one `deliver` takes at most; from 1 to 1000. With `snapshots` also 0: it gets no events. */
  readonly batch: number;
  /** It has `publish` and `retain`. */
  readonly snapshots?: boolean | undefined;
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
