import type { EventEntry } from "@vexil/plugin-api";

/** Events of the configuration: at the start, and when it is read again. */
export const CONFIG_EVENTS = {
  "config.loaded": {
    level: "info",
    message: "configuration loaded",
    meaning: "The configuration was read; without `file` there is none and defaults count.",
    fields: ["file", "storages", "environments"],
  },
  "config.warning": {
    level: "warn",
    message: "part of the configuration is ignored or unsafe",
    meaning: "A setting is accepted and ignored, does less than it says, or leaves something open; `reason` names it.",
    fields: ["reason"],
  },
  "lines.summed": {
    level: "info",
    alsoAt: ["trace", "debug", "warn", "error"],
    message: "lines alike came faster than log.sampling lets through: so many more were not written",
    meaning:
      "`count` more lines of the event `summed` came within `seconds`, alike in the other fields that this one has. What became of commits and writes is never summed.",
    fields: ["summed", "count", "seconds", "sink", "method", "code", "reason", "actor"],
  },
  "config.reloaded": {
    level: "info",
    message: "configuration reloaded",
    meaning:
      "The configuration was read again and what changed is in effect: storages, static tokens and sinks by their names.",
    fields: [
      "file",
      "added",
      "changed",
      "removed",
      "tokens_added",
      "tokens_changed",
      "tokens_removed",
      "sinks_added",
      "sinks_changed",
      "sinks_removed",
    ],
  },
  "config.rejected": {
    level: "error",
    message: "new configuration rejected; the previous one stays in effect",
    meaning: "The configuration could not be read again; `reason` names the key.",
    fields: ["file", "code", "reason"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
