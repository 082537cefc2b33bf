import type { DocumentLayout, EntryLayout } from "../read/file-layout.js";
import { LEAF, readSourceTree, type SourceNode } from "../read/source-tree.js";
import { LOOKED_AT } from "./flow-gaps.js";
import { isFirstOnLine, lineEnd, lineStart } from "./text-edit.js";

const place = (start: number, end: number): SourceNode => ({
  ...LEAF,
  kind: "scalar",
  start,
  contentStart: start,
  end,
});

/** A document's root map as a node; its values have no children but for the items of lists. */
export function rootNode(document: DocumentLayout): SourceNode {
  return {
    ...place(document.rootStart, document.rootEnd),
    kind: "mapping",
    flow: document.root === "flow",
    pairs: document.entries.map((entry) => ({
      // Its length is all that is asked of a key: where it ends, the colon is looked for.
      key: place(entry.keyStart, entry.keyEnd),
      value: listNode(entry),
    })),
  };
}

export function listNode(entry: EntryLayout): SourceNode {
  const flow = entry.form === "flow-sequence";
  const items: SourceNode[] = [];
  const dashes: number[] = [];
  for (let at = 0; at < entry.items.length; at += 2) {
    items.push(place(entry.items[at]!, entry.items[at + 1]!));
    if (!flow) dashes.push(entry.items[at]!);
  }
  return {
    ...place(entry.valueStart, entry.valueEnd),
    kind: entry.form === "empty" ? "empty" : entry.form === "other" ? "scalar" : "sequence",
    flow,
    items,
    dashes,
  };
}

/** A list's first items and its last: all that is needed to put others behind them, however many there are. */
export function listEnds(entry: EntryLayout): SourceNode {
  const { items } = entry;
  if (items.length <= 2 * LOOKED_AT) return listNode(entry);
  return listNode({ ...entry, items: Int32Array.of(...items.subarray(0, 2 * LOOKED_AT), ...items.subarray(-2)) });
}

/** One item of a list with all that is in it; undefined where its text cannot be read on its own. */
export function itemNode(text: string, entry: EntryLayout, index: number): SourceNode | undefined {
  const start = entry.items[index * 2]!;
  const end = entry.items[index * 2 + 1]!;
  if (entry.form === "flow-sequence") return readAlone(text, start, end);
  if (!isFirstOnLine(text, start)) return undefined;
  // The rest of the last line too: a comment there belongs to the item.
  const list = readAlone(text, lineStart(text, start), lineEnd(text, end));
  return list?.kind === "sequence" && list.items.length === 1 ? list.items[0] : undefined;
}

/** The value of an entry that is no list, with all that is in it. */
export function valueNode(text: string, entry: EntryLayout, flow: boolean): SourceNode | undefined {
  if (entry.valueStart === entry.valueEnd) return undefined;
  if (flow) return readAlone(text, entry.valueStart, entry.valueEnd);
  if (!isFirstOnLine(text, entry.keyStart)) return undefined;
  const map = readAlone(text, lineStart(text, entry.keyStart), lineEnd(text, entry.valueEnd));
  return map?.kind === "mapping" && map.pairs.length === 1 ? map.pairs[0]?.value : undefined;
}

/** An alias alone cannot be resolved, but where it is can be said. */
function readAlone(text: string, start: number, end: number): SourceNode | undefined {
  try {
    const documents = readSourceTree(text.slice(start, end), Number.POSITIVE_INFINITY);
    const root = documents.length === 1 ? documents[0]?.root : undefined;
    return root === undefined ? undefined : shifted(root, start);
  } catch {
    return undefined;
  }
}

function shifted(node: SourceNode, by: number): SourceNode {
  return {
    ...node,
    start: node.start + by,
    contentStart: node.contentStart + by,
    end: node.end + by,
    items: node.items.map((item) => shifted(item, by)),
    dashes: node.dashes.map((dash) => dash + by),
    pairs: node.pairs.map(({ key, value }) => ({ key: shifted(key, by), value: shifted(value, by) })),
  };
}
