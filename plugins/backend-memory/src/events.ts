import type { EventEntry } from "@vexil/plugin-api";

/** Events that a memory storage logs. `npm run docs:events` puts them on the page of all events. */
export const EVENTS = {
  "saved-state.loaded": {
    level: "info",
    message: "the saved state was loaded",
    meaning: "A memory storage starts with the state it had.",
    fields: ["path", "objects", "refs"],
  },
  "saved-state.ignored": {
    level: "warn",
    message: "the saved state cannot be used and is ignored",
    meaning: "The file of the saved state is damaged or of another version.",
    fields: ["path", "error"],
  },
  "saved-state.failed": {
    level: "error",
    message: "the state could not be saved",
    meaning: "A memory storage cannot write its saved state; it is tried again after the next change.",
    fields: ["path", "error"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
