import type { SinkEvent } from "@vexil/plugin-api";

/** An event as CloudEvents 1.0 has it (JSON format, structured). */
export function cloudEvent(event: SinkEvent): Readonly<Record<string, unknown>> {
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
