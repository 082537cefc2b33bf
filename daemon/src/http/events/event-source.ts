import type { Clock } from "@vexil/engine/model/clock";
import type { EventReader } from "@vexil/engine/sinks/event-reader";
import type { SealKeys } from "@vexil/engine/storage/write/seal-keys";

/** Where streams get events from. */
export interface EventSource {
  /** Loads and makes a reader; called when the first stream is opened. */
  readonly reader: () => Promise<EventReader>;
  readonly clock: Pick<Clock, "now">;
  /** Keys that positions are sealed with. */
  readonly keys: SealKeys;
}
