import type { EventEntry } from "@vexil/plugin-api";

/** Events of what is kept of parsed files for the next start. */
export const CACHE_EVENTS = {
  "cache.ignored": {
    level: "info",
    message: "parsed files that were kept do not count",
    meaning:
      "They are another version's, damaged, somebody else's or unreadable: the files are parsed anew, and kept again. One line for all of them; `reason` is of the first.",
    fields: ["directory", "reason"],
  },
  "cache.unkept": {
    level: "warn",
    message: "parsed files cannot be kept",
    meaning: "The next start parses them anew and takes longer; all else works. Told once.",
    fields: ["directory", "reason"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
