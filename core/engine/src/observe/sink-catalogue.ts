import type { EventEntry } from "@vexil/plugin-api";

/** Events of sinks. */
export const SINK_EVENTS = {
  "sink.began": {
    level: "info",
    message: "a sink begins",
    meaning:
      "It has not been there before in this environment: all after `revision` is delivered, without one all there is.",
    fields: ["sink", "revision"],
  },
  "sink.delivered": {
    level: "debug",
    message: "events were delivered",
    meaning: "The sink has taken `count` events, up to those of `revision`.",
    fields: ["sink", "revision", "count"],
  },
  "sink.failed": {
    level: "warn",
    message: "a sink does not take events; they wait and are delivered again",
    meaning:
      "Tried again with a back-off, up to every 5 minutes. Nothing else waits for it. At most one line in 10 minutes, until `sink.recovered`.",
    fields: ["sink", "code", "reason", "failures", "next_in_ms"],
  },
  "sink.recovered": {
    level: "info",
    message: "a sink takes events again",
    meaning: "What has waited is being delivered.",
    fields: ["sink", "failures"],
  },
  "sink.dropped": {
    level: "error",
    message: "an event was put aside",
    meaning:
      "It could not be delivered within `max_age`, or its target does not take it. It is kept in `file`, as far as there is room, and `id` names it.",
    fields: ["sink", "id", "code", "reason", "file"],
  },
  "sink.missed": {
    level: "error",
    message: "a sink was not told all: a state of the past cannot be had any more",
    meaning: "Between `previous` and `revision` changes are unknown; the sink got an event of kind `gap`.",
    fields: ["sink", "previous", "revision", "reason"],
  },
  "sink.stalled": {
    level: "warn",
    message: "events of an environment cannot be computed for now",
    meaning: "Its states, or where the sink stands, cannot be read; tried again with a back-off.",
    fields: ["sink", "code", "reason"],
  },
  "sink.unkept": {
    level: "warn",
    message: "what a sink has been told cannot be kept in the state directory",
    meaning: "Until that is mended a restart may tell it some of it again, or not at all.",
    fields: ["sink", "file", "reason"],
  },
} as const satisfies Readonly<Record<string, EventEntry>>;
