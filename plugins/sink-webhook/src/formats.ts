import type { SinkEvent } from "@vexil/plugin-api";
import { slackText } from "./slack-text.js";

/** Body of a request. */
export interface Message {
  readonly contentType: string;
  readonly body: string;
}

/** Shapes of messages by the names that settings call them. */
export const FORMATS: Readonly<Record<"json" | "cloudevents" | "slack", (events: readonly SinkEvent[]) => Message>> = {
  json: (events) => ({ contentType: "application/json", body: JSON.stringify({ events }) }),
  cloudevents: (events) => ({
    contentType: "application/cloudevents-batch+json",
    body: JSON.stringify(events.map(cloudEvent)),
  }),
  slack: (events) => ({ contentType: "application/json", body: JSON.stringify({ text: slackText(events) }) }),
};

/** An event as CloudEvents 1.0 has it (JSON format, structured). */
function cloudEvent(event: SinkEvent): Readonly<Record<string, unknown>> {
  const { id, time, storage, kind } = event;
  const place = kind === "storage" ? [storage] : [storage, event.environment];
  return {
    specversion: "1.0",
    id,
    source: `/vexil/${place.map(encodeURIComponent).join("/")}`,
    type: `vexil.${kind === "change" ? `change.${event.type}` : kind}.v1`,
    time,
    ...subjectOf(event),
    datacontenttype: "application/json",
    data: event,
  };
}

/** It must not be empty, where it is there. */
function subjectOf(event: SinkEvent): { readonly subject?: string } {
  if (event.kind === "change") return { subject: `${event.namespace}/${event.key}` };
  return event.kind === "quarantine" ? { subject: event.file } : {};
}
