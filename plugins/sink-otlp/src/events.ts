import type { EventEntry } from "@vexil/plugin-api";

/** Events that a sink of type `otlp` logs. `npm run docs:events` puts them on the page of all events. */
export const EVENTS = {
  "records.rejected": {
    level: "warn",
    message: "a collector answered that it did not keep all records of a request that it took",
    meaning:
      "They are lost: OTLP forbids to send them again. `reason` has the collector's own words, up to 200 characters.",
    fields: ["sink", "records", "reason"],
  },
  "collector.warned": {
    level: "warn",
    message: "a collector took all records of a request, and warns of something",
    meaning: "The collector's own words, up to 200 characters; the same ones once in a row.",
    fields: ["sink", "reason"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
