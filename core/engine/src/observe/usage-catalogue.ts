import type { EventEntry } from "@vexil/plugin-api";

/** Events of counts of evaluations. */
export const USAGE_EVENTS = {
  "usage.unkept": {
    level: "warn",
    message: "counts of evaluations cannot be written",
    meaning:
      "They are kept in memory and written once `file` takes them again; those of the last 48 hours at most. Nothing else waits for it. One line until it works again.",
    fields: ["file", "reason"],
  },
  "usage.unread": {
    level: "warn",
    message: "a file with counts of evaluations cannot be read",
    meaning: "Its hour is not counted; all others are.",
    fields: ["file", "reason"],
  },
  "usage.full": {
    level: "warn",
    message: "too many answers of flags are counted",
    meaning: "There are 100,000 already; answers that are new are not counted until some are older than the retention.",
    fields: [],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
