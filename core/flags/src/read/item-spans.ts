import type { Event } from "js-yaml";
import { ByteOffsets } from "./byte-offsets.js";
import { COLLECTION_STYLE, EVENT_ID, getScalarValue } from "./js-yaml.js";

/** Where the items of a block list are. Offsets count bytes. */
export interface ListSpans {
  /** Spaces before each dash. */
  readonly indent: number;
  /** Beginnings of the lines that have the dashes; an item goes as far as the next one. */
  readonly starts: Uint32Array;
  /** Where the list ends: at the beginning of a line, or at the end of the file. */
  readonly end: number;
}

/** Where the items of a file are, each of which means the same wherever in its list it stands. */
export type ItemSpans = Readonly<Partial<Record<ListName, ListSpans>>>;

export type ListName = "flags" | "segments";

const DASH = /^( *)- +$/;
/** Line ends other than LF, and a mark that a document ends; lines then are not what they seem. */
const ODD = /[\r\u0085\u2028\u2029]/;

/**
 * Finds the items in the events of a text that is one document in block style; undefined where anything in it refers to
 * anything else (anchors, tags, directives), or is not written as programs and most people do.
 */
export function itemSpans(text: string, events: readonly Event[]): ItemSpans | undefined {
  if (!isPlain(events) || ODD.test(text)) return undefined;
  const offsets = new ByteOffsets(text);
  const spans: { -readonly [Name in ListName]?: ListSpans } = {};
  let name: string | undefined;
  let open: { readonly name: ListName; readonly indent: number; readonly starts: number[] } | undefined;
  let depth = 0;
  const close = (end: number): void => {
    if (open !== undefined) {
      const { indent, starts } = open;
      spans[open.name] = { indent, starts: offsets.of(starts), end: offsets.of([end])[0] as number };
    }
    open = undefined;
  };
  for (let index = 2; index < events.length; index += 1) {
    const event = events[index] as Event;
    if (depth === 0 && name === undefined) {
      if (event.type === EVENT_ID.POP) break;
      if (event.type !== EVENT_ID.SCALAR || lineStart(text, event.valueStart) !== event.valueStart) return undefined;
      close(event.valueStart);
      name = getScalarValue(text, event);
      continue;
    }
    if (depth === 0 && event.type === EVENT_ID.SEQUENCE && (name === "flags" || name === "segments")) {
      if (event.style === COLLECTION_STYLE.BLOCK) open = { name, indent: columnOf(text, event.start), starts: [] };
    } else if (depth === 1 && open !== undefined && event.type !== EVENT_ID.POP) {
      if (event.type !== EVENT_ID.MAPPING) return undefined;
      const start = lineStart(text, event.start);
      const dash = DASH.exec(text.slice(start, event.start));
      if (dash?.[1]?.length !== open.indent) return undefined;
      open.starts.push(start);
    }
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) depth += 1;
    if (event.type === EVENT_ID.POP) depth -= 1;
    if (depth === 0) name = undefined;
  }
  close(text.length);
  return spans;
}

/** One document, a map in block style, and nothing in it that has or is a reference. */
function isPlain(events: readonly Event[]): boolean {
  const [document, root] = events;
  if (document?.type !== EVENT_ID.DOCUMENT || document.explicitEnd || document.directives.length > 0) return false;
  if (root?.type !== EVENT_ID.MAPPING || root.style !== COLLECTION_STYLE.BLOCK) return false;
  for (let index = 1; index < events.length; index += 1) {
    const event = events[index] as Event;
    if (event.type === EVENT_ID.POP) continue;
    if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.ALIAS) return false;
    if (event.anchorStart >= 0 || event.tagStart >= 0) return false;
  }
  return true;
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}
