import type { SyncEvent } from "@vexil/engine/model/events";
import { series, type Tally } from "../reads/tally.js";

/** Counts what happens to storages. Times are observed in milliseconds, like all of the tally. */
export function countEvent(tally: Tally, event: SyncEvent): void {
  switch (event.type) {
    case "fetch.succeeded":
      tally.count(series("fetch_bytes", event.storage), event.bytes);
      tally.observe(series("fetch_duration", event.storage), event.durationMs);
      break;
    case "fetch.failed":
      tally.count("git_poll_errors");
      if (event.error.retryable) tally.count(series("retries", event.storage));
      break;
    case "snapshot.built":
      tally.observe(series("build_duration", event.storage), event.durationMs);
      break;
    default:
      break;
  }
}
