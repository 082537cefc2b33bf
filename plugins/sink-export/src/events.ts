import type { EventEntry } from "@vexil/plugin-api";

/** Events that a sink of type `export` logs. `npm run docs:events` puts them on the page of all events. */
export const EVENTS = {
  "export.omitted": {
    level: "warn",
    message: "a name that cannot be a file's is not exported",
    meaning:
      "An environment or namespace has a name with other characters than letters, digits and `-_,.`, a dot first, or more than 128.",
    fields: ["sink", "environment", "namespace"],
  },
  "export.removed": {
    level: "info",
    message: "what is exported of an environment that is no more was removed",
    meaning: "It was removed from the configuration, its branch was deleted, or the filter leaves it out now.",
    fields: ["sink", "environment"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
