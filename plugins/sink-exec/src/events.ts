import type { EventEntry } from "@vexil/plugin-api";

/** Events that a sink of type `exec` logs. `npm run docs:events` puts them on the page of all events. */
export const EVENTS = {
  "command.said": {
    level: "debug",
    alsoAt: ["warn"],
    message: "a command wrote to its standard error",
    meaning: "What it wrote, up to 4 kB of it; at warn where it did not take the event.",
    fields: ["sink", "text"],
  },
  "command.overdue": {
    level: "warn",
    message: "a command did not end in time and is being ended",
    meaning: "Its process group gets SIGTERM, and 5 s later SIGKILL. The event is delivered again.",
    fields: ["sink", "timeout_ms"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
