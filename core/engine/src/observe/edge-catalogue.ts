import type { EventEntry } from "@vexil/plugin-api";

/** Events of a daemon that follows another one. */
export const EDGE_EVENTS = {
  "edge.connected": {
    level: "info",
    message: "the upstream is followed",
    meaning: "It answers, and tells what changes from now on.",
    fields: ["upstream"],
  },
  "edge.disconnected": {
    level: "warn",
    message: "the upstream cannot be followed",
    meaning:
      "What was served last is served on, and it is tried again by itself, at growing intervals. One line until it works again or fails in another way. With VEXIL_REFUSED_LOOP, VEXIL_AUTH_REJECTED or VEXIL_REMOTE_NOT_FOUND somebody has to change the configuration.",
    fields: ["upstream", "code", "reason"],
  },
  "edge.changed": {
    level: "info",
    message: "the upstream has other storages or environments than before",
    meaning: "They are served as it has them now.",
    fields: ["upstream", "storages"],
  },
  "edge.unreported": {
    level: "warn",
    message: "evaluations cannot be reported to the upstream",
    meaning:
      "They are counted here, and reported when it takes them; the last 500 hours at most. One line until it works again.",
    fields: ["code", "reason"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
