import { scalarText } from "./file-layout.js";
import { flattenFlow } from "./flatten-flow.js";
import { LineIndex, type Position } from "./line-column.js";
import { positionsIn, type ValuePlace } from "./locate-values.js";
import type { ReadSource, ValuePath } from "./source-document.js";
import { readSourceTree, type SourceDocument, type SourceNode } from "./source-tree.js";

/** A value's place in a text, and the lines that it takes: from that of a list item's dash on. */
export interface Extent extends Position {
  readonly firstLine: number;
  readonly lastLine: number;
}

/** Levels of items that are asked for: root, list of flags, flag, list of rules, rule. */
const DEPTH = 4;

/** Where values are in a file that was parsed without faults, and how far each goes. */
export function extentsIn(source: ReadSource, places: readonly ValuePlace[]): readonly Extent[] {
  const { text } = source;
  const lines = new LineIndex(text);
  const documents = treeOf(text);
  return places.map((place): Extent => {
    const root = documents?.[place.document]?.root;
    if (root === undefined) {
      const [position = lines.at(0)] = positionsIn(source, [place]);
      return { ...position, firstLine: position.line, lastLine: position.line };
    }
    const { value, start, end } = rangeOf(text, root, place.path);
    const lastLine = lines.at(Math.max(start, end - 1)).line;
    return { ...lines.at(value), firstLine: lines.at(start).line, lastLine };
  });
}

/** undefined where only the second reader can read it: then nobody knows how far anything goes. */
function treeOf(text: string): readonly SourceDocument[] | undefined {
  for (const form of [() => text, () => flattenFlow(text)]) {
    try {
      return readSourceTree(form(), DEPTH);
    } catch {}
  }
  return undefined;
}

/** The value at a path, or the nearest around it; an item of a block list begins with its dash. */
function rangeOf(
  text: string,
  root: SourceNode,
  path: ValuePath,
): { readonly value: number; readonly start: number; readonly end: number } {
  let node = root;
  let start = root.start;
  for (const step of path) {
    const child =
      typeof step === "number"
        ? node.items[step]
        : node.pairs.findLast(({ key }) => scalarText(text, key) === step)?.value;
    if (child === undefined) break;
    start = (typeof step === "number" ? node.dashes[step] : undefined) ?? child.start;
    node = child;
  }
  return { value: node.contentStart, start, end: node.end };
}
