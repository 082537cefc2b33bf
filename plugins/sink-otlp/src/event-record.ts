import { type LogRecord, SeverityNumber } from "@opentelemetry/api-logs";
import type { SinkEvent } from "@vexil/plugin-api";

/** Members that are attributes of the record; all of them are in its body, too. */
const MEMBERS = ["environment", "namespace", "type", "key", "revision", "origin", "actor", "request", "after"] as const;

/** A record of an event: the whole of it as JSON in its body, and what is searched for as attributes. */
export function eventRecord(event: SinkEvent, sink: string): LogRecord {
  const members = event as unknown as Readonly<Record<string, unknown>>;
  const attributes = MEMBERS.flatMap((name) => {
    const value = members[name];
    return typeof value === "string" ? [[`vexil.${name}`, value]] : [];
  });
  const isGrave =
    event.kind === "gap" || event.kind === "quarantine" || (event.kind === "storage" && event.after !== "ready");
  return {
    eventName: `vexil.${event.kind}`,
    timestamp: Date.parse(event.time),
    severityNumber: isGrave ? SeverityNumber.WARN : SeverityNumber.INFO,
    severityText: isGrave ? "warn" : "info",
    body: JSON.stringify(event),
    attributes: {
      "vexil.sink": sink,
      "vexil.event.id": event.id,
      "vexil.storage": event.storage,
      ...Object.fromEntries(attributes),
    },
  };
}
