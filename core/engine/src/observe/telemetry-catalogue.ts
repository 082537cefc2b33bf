import type { EventEntry } from "@vexil/plugin-api";

/** Events of what is sent by OpenTelemetry. */
export const TELEMETRY_EVENTS = {
  "telemetry.off": {
    level: "error",
    message: "traces, metrics or the log are not sent: that cannot be set up",
    meaning: "What `signals` names is off until a restart; all else goes on. `reason` names the variable, mostly.",
    fields: ["signals", "reason"],
  },
  "telemetry.warning": {
    level: "warn",
    message: "a setting of OpenTelemetry is ignored, or something of it went wrong",
    meaning: "The library's own words, each once, and at most 20 in all.",
    fields: ["reason"],
  },
  "telemetry.failed": {
    level: "warn",
    message: "the collector does not take what is sent",
    meaning:
      "What was sent is lost. Requests do not wait for it. At most one line in 10 minutes for each signal, until `telemetry.recovered`.",
    fields: ["signal", "failures", "reason"],
  },
  "telemetry.rejected": {
    level: "warn",
    message: "the collector took what was sent, and answered that it did not keep all of it",
    meaning:
      "What it rejected is lost: OTLP forbids to send it again. `items` since the start; `reason` has the collector's own words. At most one line in 10 minutes for each signal.",
    fields: ["signal", "items", "reason"],
  },
  "telemetry.recovered": {
    level: "info",
    message: "the collector takes what is sent again",
    meaning: "After `failures` failed attempts.",
    fields: ["signal", "failures"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
