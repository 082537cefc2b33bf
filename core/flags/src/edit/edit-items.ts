import type { Flag, Segment } from "../read/document.js";
import { type DocumentLayout, type EntryLayout, type FileLayout, readLayout } from "../read/file-layout.js";
import { type EditableFile, entryOf, type ListName, moveLayout, withItem } from "./editable-file.js";
import { flagTree, KEY_ORDER, segmentTree, type Tree } from "./item-tree.js";
import { itemNode, listEnds, listNode, rootNode } from "./layout-nodes.js";
import { patchNode } from "./patch-node.js";
import { insertInMap, insertInSequence, removeFromSequence, replaceNode } from "./patch-text.js";
import { printBlock } from "./print-tree.js";
import { FLAG_SHAPE, SEGMENT_SHAPE } from "./shapes.js";
import { applyEdits, columnOf, endAfter, lineEnd, type TextEdit } from "./text-edit.js";

/** A list of one of a file's documents. */
export interface ListPlace {
  readonly document: number;
  readonly list: ListName;
}

const NOTHING: ReadonlySet<number> = new Set();

/** Puts `item` in place of the one at `index`; text that says the same before and after stays. */
export function replaceItem(
  file: EditableFile,
  { document, list }: ListPlace,
  index: number,
  item: Flag | Segment,
): EditableFile {
  const entry = entryOf(file.layout.documents[document], list);
  const { version, [list]: items } = file.documents[document]!;
  const after = itemTree(item, list, version);
  const documents = withItem(file.documents, document, list, index, item);
  if (entry === undefined || !hasItems(entry, items.length)) return rewriteList(file, { document, list }, documents);
  const node = itemNode(file.text, entry, index);
  const patch =
    node === undefined
      ? undefined
      : (patchNode(
          node,
          list === "flags" ? FLAG_SHAPE : SEGMENT_SHAPE,
          itemTree(items[index]!, list, version),
          after,
          file,
        ) ?? replaceNode(node, after, file, listNode(entry), undefined));
  if (patch === undefined) return rewriteList(file, { document, list }, documents);
  const text = applyEdits(file.text, patch);
  const touched = endAfter(patch, lineEnd(file.text, entry.items[index * 2 + 1]!));
  // Where the item's last lines went, the text touched ends with the break of the line before them.
  const end = text.slice(0, touched).trimEnd().length;
  const layout = withEntry(moveLayout(file.layout, patch), { document, list }, (moved) => {
    if (moved.form === "flow-sequence") return moved;
    // What was put in at the item's end, or taken out there, is found by reading its lines.
    const lines = { ...moved, items: moved.items.with(index * 2 + 1, end) };
    const settled = itemNode(text, lines, index)?.end ?? end;
    return { ...lines, items: lines.items.with(index * 2 + 1, settled) };
  });
  return { ...file, text, documents, layout };
}

export function appendItem(file: EditableFile, place: ListPlace, item: Flag | Segment): EditableFile {
  const { document, list } = place;
  const entry = entryOf(file.layout.documents[document], list);
  const { version, [list]: items } = file.documents[document]!;
  const documents = withItem(file.documents, document, list, items.length, item);
  if (entry === undefined || items.length === 0 || !hasItems(entry, items.length)) {
    return rewriteList(file, place, documents);
  }
  const ends = listEnds(entry);
  const edits = insertInSequence(ends, ends.items.length, [itemTree(item, list, version)], file);
  const edit = edits?.[0];
  if (edits === undefined || edit === undefined) return rewriteList(file, place, documents);
  const layout = moveLayout(file.layout, edits);
  const range = [edit.start + edit.text.search(/[^\s,]/), edit.start + edit.text.length];
  return {
    ...file,
    text: applyEdits(file.text, edits),
    documents,
    layout: withEntry(layout, place, (moved) => ({ ...moved, items: withRange(moved.items, range) })),
  };
}

function withRange(items: Int32Array, range: readonly number[]): Int32Array {
  const longer = new Int32Array(items.length + range.length);
  longer.set(items);
  longer.set(range, items.length);
  return longer;
}

export function removeItem(file: EditableFile, place: ListPlace, index: number): EditableFile {
  const { document, list } = place;
  const entry = entryOf(file.layout.documents[document], list);
  const { length } = file.documents[document]![list];
  const documents = withItem(file.documents, document, list, index, undefined);
  if (entry === undefined || length === 1 || !hasItems(entry, length)) return rewriteList(file, place, documents);
  const edits = removeFromSequence(listNode(entry), index, index + 1, file);
  if (edits === undefined) return rewriteList(file, place, documents);
  return {
    ...file,
    text: applyEdits(file.text, edits),
    documents,
    layout: withEntry(moveLayout(file.layout, edits), place, (moved) => {
      return { ...moved, items: moved.items.filter((_, at) => at >> 1 !== index) };
    }),
  };
}

export function itemTree(item: Flag | Segment, list: ListName, version: string | undefined): Tree {
  return list === "flags" ? flagTree(item as Flag, version) : segmentTree(item as Segment, version);
}

/** Writes an item anew in the plain form, whatever its text was. */
export function rewriteItem(file: EditableFile, place: ListPlace, index: number): EditableFile {
  const entry = entryOf(file.layout.documents[place.document], place.list);
  const { version, [place.list]: items } = file.documents[place.document]!;
  const list = entry === undefined ? undefined : listNode(entry);
  const node = list?.items[index];
  if (list === undefined || node === undefined || list.flow) return rewriteList(file, place, file.documents);
  const pad = " ".repeat(columnOf(file.text, node.start));
  const lines = printBlock([itemTree(items[index]!, place.list, version)], file.style);
  const edits = [{ start: node.start, end: node.end, text: lines.join(file.style.eol + pad) }];
  return { ...file, text: applyEdits(file.text, edits), layout: moveLayout(file.layout, edits) };
}

/** Writes out every item whose text refers to other text, or is referred to. */
export function rewriteReferences(file: EditableFile): EditableFile {
  let edited = file;
  for (const [document] of file.documents.entries()) {
    for (const list of ["flags", "segments"] as const) {
      const place = { document, list };
      const entry = entryOf(edited.layout.documents[document], list);
      if (entry === undefined) continue;
      if (!hasItems(entry, file.documents[document]![list].length)) {
        if (entry.form === "other") edited = rewriteList(edited, place, edited.documents);
        continue;
      }
      for (const index of file.documents[document]![list].keys()) {
        const current = entryOf(edited.layout.documents[document], list);
        if (current !== undefined && itemNode(edited.text, current, index)?.references !== false) {
          edited = rewriteItem(edited, place, index);
        }
      }
    }
  }
  return edited;
}

/** Writes a list anew, entry and all: where there is none yet, or none that has its items one after the other. */
export function rewriteList(file: EditableFile, place: ListPlace, documents: EditableFile["documents"]): EditableFile {
  const { [place.list]: items, version } = documents[place.document]!;
  const trees = items.map((item) => itemTree(item, place.list, version));
  const text = applyEdits(file.text, putEntry(file, place.document, place.list, trees));
  return { ...file, text, documents, layout: readLayout(text) };
}

/** Edits that give an entry of a document's root a value. */
export function putEntry(file: EditableFile, document: number, name: string, value: Tree): readonly TextEdit[] {
  const layout = file.layout.documents[document]!;
  const entry = entryOf(layout, name);
  const root = rootNode(layout);
  const names = layout.entries.map((other) => other.name);
  if (layout.entries.length === 0) return putRoot(file, layout, new Map([[name, value]]));
  const edits =
    entry === undefined
      ? insertInMap(root, names, [[name, value]], NOTHING, KEY_ORDER.document, file)
      : replaceNode(listNode(entry), value, file, root, root.pairs[names.indexOf(name)]!.key);
  if (edits === undefined) throw new RangeError(`the entry ${name} of ${file.path} cannot be written`);
  return edits;
}

/** The root of a document that has no entries: nothing at all, or empty brackets. */
function putRoot(file: EditableFile, layout: DocumentLayout, value: Tree): readonly TextEdit[] {
  const { eol, json } = file.style;
  if (json) {
    return replaceNode(rootNode(layout), value, file, rootNode(layout), undefined) ?? [];
  }
  const block = printBlock(value, file.style).join(eol);
  if (layout.root === "flow") {
    const inline =
      file.text.slice(layout.start, layout.rootStart).startsWith("---") &&
      !file.text.slice(layout.start, layout.rootStart).includes("\n");
    return [{ start: layout.rootStart, end: layout.rootEnd, text: inline ? eol + block : block }];
  }
  const marker = /^---[^\r\n]*/m.exec(file.text.slice(layout.start, layout.end));
  const end = marker === null ? layout.end : lineEnd(file.text, layout.start + marker.index);
  return [{ start: end, end, text: marker === null ? block + eol : eol + block }];
}

/** Tells whether the list's text shows its items, as many as the model has. */
function hasItems(entry: EntryLayout, count: number): boolean {
  return entry.items.length === count * 2 && count > 0;
}

/** The layout with one list changed; a block list, and a root that ends with it, end where its last item does. */
function withEntry(
  layout: FileLayout,
  { document, list }: ListPlace,
  change: (entry: EntryLayout) => EntryLayout,
): FileLayout {
  return {
    ...layout,
    documents: layout.documents.map((other, index) => {
      if (index !== document) return other;
      const entries = other.entries.map((entry) => (entry.name === list ? settle(change(entry)) : entry));
      const rootEnd = other.root === "block" ? Math.max(...entries.map((entry) => entry.valueEnd)) : other.rootEnd;
      return { ...other, entries, rootEnd };
    }),
  };
}

function settle(entry: EntryLayout): EntryLayout {
  return entry.form === "block-sequence" ? { ...entry, valueEnd: entry.items.at(-1)! } : entry;
}
