import { DEFAULT_FEATURE_LIMITS, type Fault, type Flag, type ParsedFile, type Segment } from "../read/document.js";
import { parseFeatures, toParsed } from "../read/parse.js";
import { readQuickly } from "../read/read-source.js";
import { itemTree, type ListPlace } from "./edit-items.js";
import type { EditableFile } from "./editable-file.js";
import { entryOf } from "./editable-file.js";
import { sameTree } from "./item-tree.js";
import { lineEnd, lineStart } from "./text-edit.js";

/** Reads the text of one item on its own: returns its faults, as if the whole file had been read. */
export function checkItem(file: EditableFile, place: ListPlace, index: number): readonly Fault[] {
  const { version, [place.list]: items } = file.documents[place.document]!;
  const entry = entryOf(file.layout.documents[place.document], place.list);
  const start = entry?.items[index * 2];
  const end = entry?.items[index * 2 + 1];
  if (entry === undefined || start === undefined || end === undefined) return [lost(file, place, index)];
  const flow = entry.form === "flow-sequence";
  const from = flow ? start : lineStart(file.text, start);
  const item = file.text.slice(from, flow ? end : lineEnd(file.text, end));
  const parsed = parseAlone(file, place, version, item, flow);
  if (parsed.faults.length > 0) {
    const line = file.text.slice(0, from).split(/\r\n|\n|\r/).length;
    return parsed.faults.map((fault) => moved(fault, place, index, line - HEADER_LINES - 1));
  }
  const read: Flag | Segment | undefined = parsed.documents[0]?.[place.list][0];
  const same =
    read !== undefined && sameTree(itemTree(read, place.list, version), itemTree(items[index]!, place.list, version));
  return same ? [] : [lost(file, place, index)];
}

const HEADER_LINES = 2;
/** Larger ones are for the fastest reader alone: this is the event loop, and an item may be as large as a file. */
const SMALL_BYTES = 16_384;

function parseAlone(
  file: EditableFile,
  place: ListPlace,
  version: string | undefined,
  item: string,
  flow: boolean,
): ParsedFile {
  const { list } = place;
  const header = version === undefined ? "" : `"version": "${version}"`;
  // Brackets at the root take items at any column.
  const text = flow
    ? `{${header}${header === "" ? "" : ","}\n"${list}": [\n${item}\n]}`
    : `${header}\n${list}:\n${item}\n`;
  const bytes = Buffer.from(text);
  if (bytes.length <= SMALL_BYTES) return parseFeatures(file.path, bytes, DEFAULT_FEATURE_LIMITS);
  const source = readQuickly(file.path, bytes, DEFAULT_FEATURE_LIMITS);
  if (source === undefined) return { documents: [], faults: [lost(file, place, 0)], sha1: "" };
  return toParsed(file.path, bytes, DEFAULT_FEATURE_LIMITS, source);
}

/** A fault with the place it has in the file: `flags.0.name` is then that of the item's own index. */
function moved(fault: Fault, { list }: ListPlace, index: number, lines: number): Fault {
  return {
    ...fault,
    ...(fault.line === undefined ? {} : { line: fault.line + lines }),
    reason: fault.reason.replace(`${list}.0`, `${list}.${index}`),
  };
}

/** The text does not say what it should: never expected, and never written. */
function lost(file: EditableFile, { list }: ListPlace, index: number): Fault {
  return {
    file: file.path,
    reason: `${list}.${index}: the edited text does not say what was asked for`,
    namespaces: [],
  };
}
