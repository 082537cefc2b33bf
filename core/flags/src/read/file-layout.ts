import { readSourceTree, type SourceDocument, type SourceNode } from "./source-tree.js";

/** Where a features file has its documents, their entries and the entries' items: what an edit of one item needs. */
export interface FileLayout {
  readonly documents: readonly DocumentLayout[];
  /** There are anchors, aliases or tags: an item's text may then not be all there is of it. */
  readonly references: boolean;
}

/** Offsets count UTF-16 units of the text without byte order mark. */
export interface DocumentLayout {
  /** Where its `---` line, or what stands before its first entry, begins. */
  readonly start: number;
  /** Where the next document begins, or the text ends. */
  readonly end: number;
  readonly root: "block" | "flow" | "empty" | "other";
  readonly rootStart: number;
  readonly rootEnd: number;
  /** In file order. */
  readonly entries: readonly EntryLayout[];
}

export interface EntryLayout {
  readonly name: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly form: "block-sequence" | "flow-sequence" | "empty" | "other";
  /** Start (a block sequence's dash) and end of each item, in turn. */
  readonly items: Int32Array;
}

/**
 * @param text without byte order mark
 * @throws YAMLException of js-yaml
 */
export function readLayout(text: string): FileLayout {
  const documents = readSourceTree(text, 2);
  const starts = documentStarts(text, documents);
  return {
    references: documents.some((document) => document.root.references),
    documents: documents.map(({ root }, index) => ({
      start: starts[index]!,
      end: starts[index + 1] ?? text.length,
      root: rootForm(root),
      rootStart: root.start,
      rootEnd: root.end,
      entries: root.pairs.map(({ key, value }) => ({
        name: scalarText(text, key),
        keyStart: key.start,
        keyEnd: key.end,
        valueStart: value.start,
        valueEnd: value.end,
        form: valueForm(value),
        items: itemRanges(value),
      })),
    })),
  };
}

function rootForm(root: SourceNode): DocumentLayout["root"] {
  if (root.kind === "mapping") return root.flow ? "flow" : "block";
  return root.kind === "empty" ? "empty" : "other";
}

function valueForm(value: SourceNode): EntryLayout["form"] {
  if (value.kind === "sequence") return value.flow ? "flow-sequence" : "block-sequence";
  return value.kind === "empty" ? "empty" : "other";
}

function itemRanges(value: SourceNode): Int32Array {
  const ranges = new Int32Array(value.items.length * 2);
  value.items.forEach((item, index) => {
    ranges[index * 2] = value.flow ? item.start : value.dashes[index]!;
    ranges[index * 2 + 1] = item.end;
  });
  return ranges;
}

/** The text of a plain or quoted key; keys of features files need no escapes. */
export function scalarText(text: string, node: SourceNode): string {
  return text.slice(node.contentStart, node.end).replace(/^(["'])(.*)\1$/s, "$2");
}

/** A document begins at its marker line; the first, and one in a file without markers, where the one before ends. */
function documentStarts(text: string, documents: readonly SourceDocument[]): readonly number[] {
  const starts: number[] = [];
  let from = 0;
  documents.forEach((document, index) => {
    const marker = index === 0 ? undefined : markerAfter(text, from);
    const start = index === 0 ? 0 : (marker ?? from);
    starts.push(start);
    from = Math.max(document.root.end, marker === undefined ? start : marker + 3);
    // The first document may have a marker of its own, which must not be taken for the second one's.
    if (index === 0 && document.explicit && document.root.kind === "empty") from = (markerAfter(text, 0) ?? -3) + 3;
  });
  return starts;
}

function markerAfter(text: string, from: number): number | undefined {
  const pattern = /^---(?=\s|$)/gm;
  pattern.lastIndex = from;
  return pattern.exec(text)?.index;
}
