import type { EventEntry } from "@vexil/plugin-api";

/** Events that a sink of type `file` logs. `npm run docs:events` puts them on the page of all events. */
export const EVENTS = {
  "trail.mended": {
    level: "warn",
    message: "half a line at the end of an audit trail was taken away",
    meaning: "The process was killed while it wrote it. Its event is delivered again.",
    fields: ["sink", "path", "bytes"],
  },
  "trail.damaged": {
    level: "error",
    message: "an audit trail is not as it was left; it is continued so that this shows",
    meaning: "Lines at its end were changed or removed by somebody else. `vexil audit verify` names the place.",
    fields: ["sink", "path", "reason"],
  },
  "trail.rotated": {
    level: "info",
    message: "an audit trail goes on in a new file",
    meaning: "The file has reached its size; it is kept as `file`.",
    fields: ["sink", "path", "file"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
