import type { SyncEvent } from "@vexil/engine/model/events";
import type { ServedTracing } from "../http/request-tracing.js";
import type { ShippedSpan } from "./shipped-span.js";

/** Traces of the process that owns writes and status. */
export interface Tracing extends ServedTracing {
  /** Variables of the environment that workers need for theirs. */
  readonly variables: Readonly<Record<string, string>>;
  /** Takes in what happened to a storage. */
  apply(event: SyncEvent): void;
  /** Spans of a worker have ended; `dropped` had no room there. */
  take(spans: readonly ShippedSpan[], dropped: number): void;
}
