import type { Event } from "js-yaml";
import { EVENT_ID, getScalarValue } from "./js-yaml.js";
import type { ValuePath } from "./source-document.js";

/** Finds values in js-yaml's flat event stream: offsets of paths below the document event at `document`. */
export function locateEvent(text: string, events: readonly Event[], document: number, path: ValuePath): number {
  let node = document + 1;
  let found = offsetOf(text, events[node]);
  for (const step of path) {
    const event = events[node];
    const child =
      event?.type === EVENT_ID.MAPPING
        ? mapValue(text, events, node, String(step))
        : event?.type === EVENT_ID.SEQUENCE
          ? listItem(events, node, Number(step))
          : undefined;
    if (child === undefined) break;
    node = child;
    found = offsetOf(text, events[node]);
  }
  return found;
}

/** Offsets of the items of the list that a field of the document's root has. */
export function locateItemEvents(
  text: string,
  events: readonly Event[],
  document: number,
  field: string,
): readonly number[] {
  const root = document + 1;
  const list = events[root]?.type === EVENT_ID.MAPPING ? mapValue(text, events, root, field) : undefined;
  if (list === undefined || events[list]?.type !== EVENT_ID.SEQUENCE) return [];
  const offsets: number[] = [];
  for (let node = list + 1; node < events.length && events[node]?.type !== EVENT_ID.POP; node = after(events, node)) {
    offsets.push(offsetOf(text, events[node]));
  }
  return offsets;
}

/** Indexes of the document events, one for each document. */
export function documentEvents(events: readonly Event[]): readonly number[] {
  const found: number[] = [];
  for (let index = 0; index < events.length; index += 1) {
    if (events[index]?.type === EVENT_ID.DOCUMENT) found.push(index);
  }
  return found;
}

function mapValue(text: string, events: readonly Event[], map: number, key: string): number | undefined {
  for (let node = map + 1; events[node]?.type !== EVENT_ID.POP; ) {
    const event = events[node];
    const value = after(events, node);
    if (event?.type === EVENT_ID.SCALAR && getScalarValue(text, event) === key) return value;
    node = after(events, value);
  }
  return undefined;
}

function listItem(events: readonly Event[], list: number, index: number): number | undefined {
  let node = list + 1;
  for (let at = 0; events[node]?.type !== EVENT_ID.POP; at += 1) {
    if (at === index) return node;
    node = after(events, node);
  }
  return undefined;
}

/** Index of the event behind the whole node that starts at `node`. */
function after(events: readonly Event[], node: number): number {
  let depth = 0;
  for (let index = node; index < events.length; index += 1) {
    const type = events[index]?.type;
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth += 1;
    if (type === EVENT_ID.POP) depth -= 1;
    if (depth === 0) return index + 1;
  }
  return events.length;
}

function offsetOf(text: string, event: Event | undefined): number {
  if (event === undefined) return 0;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
  if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) return Math.max(0, event.start);
  if (event.type !== EVENT_ID.SCALAR) return 0;
  const quote = text[event.valueStart - 1];
  return Math.max(0, quote === '"' || quote === "'" ? event.valueStart - 1 : event.valueStart);
}
