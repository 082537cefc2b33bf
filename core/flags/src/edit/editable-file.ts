import { createHash } from "node:crypto";
import { decodeText, encodeText, type TextEncodingName } from "../read/decode-text.js";
import type { FeaturesDocument, Flag, ParsedFile, Segment } from "../read/document.js";
import type { DocumentLayout, EntryLayout, FileLayout } from "../read/file-layout.js";
import { gapsIn } from "./flow-gaps.js";
import { rootNode } from "./layout-nodes.js";
import { type PrintStyle, WIDE } from "./print-tree.js";
import { columnOf, offsetMap, type TextEdit } from "./text-edit.js";

/** A features file while it is edited: text, model and layout go along with each other. */
export interface EditableFile {
  readonly path: string;
  readonly text: string;
  readonly encoding: TextEncodingName;
  readonly documents: readonly FeaturesDocument[];
  readonly layout: FileLayout;
  readonly style: PrintStyle;
}

export type ListName = "flags" | "segments";

export const EMPTY_LAYOUT: FileLayout = { documents: [], references: false };

export function openFile(path: string, bytes: Uint8Array, parsed: ParsedFile, layout: FileLayout): EditableFile {
  const source = decodeText(bytes);
  return { path, ...source, documents: parsed.documents, layout, style: styleOf(path, source.text, layout) };
}

export function closeFile(file: EditableFile): { readonly bytes: Uint8Array; readonly parsed: ParsedFile } {
  const bytes = encodeText(file);
  const sha1 = createHash("sha1").update(bytes).digest("hex");
  return { bytes, parsed: { documents: file.documents, faults: [], sha1, layout: file.layout } };
}

export function entryOf(document: DocumentLayout | undefined, name: string): EntryLayout | undefined {
  return document?.entries.find((entry) => entry.name === name);
}

/** The file's own way of writing. */
function styleOf(path: string, text: string, layout: FileLayout): PrintStyle {
  const json = path.endsWith(".json");
  const eol = /\r\n|\n|\r/.exec(text)?.[0] ?? "\n";
  if (json) {
    const indent = /^[ \t]*\S.*(?:\r\n|\n|\r)([ \t]+)/.exec(text)?.[1] ?? "";
    const root = layout.documents[0];
    const gaps = root === undefined ? WIDE : gapsIn(rootNode(root), text, json, WIDE);
    return { json, eol, indent, step: 0, listStep: 0, gaps };
  }
  for (const { entries } of layout.documents) {
    for (const entry of entries) {
      if (entry.form !== "block-sequence") continue;
      const shift = columnOf(text, entry.items[0]!) - columnOf(text, entry.keyStart);
      return { json, eol, indent: "", step: 2, listStep: shift === 0 ? 0 : 2, gaps: WIDE };
    }
  }
  return { json, eol, indent: "", step: 2, listStep: 2, gaps: WIDE };
}

/** The layout after edits: every offset moved. Ranges of items follow their text. */
export function moveLayout(layout: FileLayout, edits: readonly TextEdit[]): FileLayout {
  const moved = offsetMap(edits);
  return {
    references: layout.references,
    documents: layout.documents.map((document) => ({
      ...document,
      start: moved(document.start),
      end: moved(document.end),
      rootStart: moved(document.rootStart),
      rootEnd: moved(document.rootEnd),
      entries: document.entries.map((entry) => ({
        ...entry,
        keyStart: moved(entry.keyStart),
        keyEnd: moved(entry.keyEnd),
        valueStart: moved(entry.valueStart),
        valueEnd: moved(entry.valueEnd),
        items: entry.items.map(moved),
      })),
    })),
  };
}

/** The documents with one item of a list put, replaced or (undefined) taken out. */
export function withItem(
  documents: readonly FeaturesDocument[],
  index: number,
  list: ListName,
  at: number,
  item: Flag | Segment | undefined,
): readonly FeaturesDocument[] {
  return documents.map((document, position) => {
    if (position !== index) return document;
    const items: (Flag | Segment)[] = [...document[list]];
    items.splice(at, 1, ...(item === undefined ? [] : [item]));
    return { ...document, [list]: items };
  });
}
