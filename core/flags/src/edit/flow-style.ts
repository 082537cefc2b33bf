import type { SourceNode } from "../read/source-tree.js";
import { gapsIn } from "./flow-gaps.js";
import type { Tree } from "./item-tree.js";
import type { PatchContext } from "./patch-context.js";
import { type Beside, type Edits, type PatchStyle, pairRange, type Range } from "./patch-style.js";
import { printFlow, printJsonLines, printScalar } from "./print-tree.js";
import { isFirstOnLine, lineStart, type TextEdit } from "./text-edit.js";

/** Collections in brackets: YAML's flow style, and all of JSON. */
export const FLOW_STYLE: PatchStyle = {
  replace: (node, value, _key, context) => {
    if (node.kind === "empty") return undefined;
    return [{ start: node.start, end: node.end, text: print(value, node.start, beside(node, context)) }];
  },
  removePairs: (node, removed) => remove(node.pairs.map(pairRange), removed),
  insertPair: (node, name, value, place, context) => {
    const like = beside(node, context);
    const { colon } = like.style.gaps;
    const printed = `${printScalar(name, like.style)}:${colon}${print(value, place.sibling, like)}`;
    return insert(printed, place, place.sibling, like);
  },
  removeItems: (node, removed) => remove(node.items, removed),
  insertItems: (node, values, place, context) => {
    const first = node.items[0]!.start;
    const like = beside(node, context);
    return values.map((value) => insert(print(value, first, like), place, first, like));
  },
};

/** The context for text that is put into a collection, or in its place. */
function beside(node: SourceNode, context: PatchContext): PatchContext {
  const { text, style } = context;
  return { text, style: { ...style, gaps: gapsIn(node, text, style.json, style.gaps) } };
}

function print(value: Tree, offset: number, { text, style }: PatchContext): string {
  if (!style.json || style.indent === "") return printFlow(value, style);
  const margin = /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? "";
  const nested = typeof value === "object" && value !== null;
  return nested ? printJsonLines(value, style, margin) : printScalar(value as string, style);
}

/** On the same line, or on a line of its own where the sibling has one. */
function insert(printed: string, { place, after }: Beside, sibling: number, { text, style }: PatchContext): TextEdit {
  const before = text.slice(lineStart(text, sibling), sibling);
  // JSON may be indented by tabs, YAML must not.
  const margin = style.json ? before : " ".repeat(before.length);
  const gap = isFirstOnLine(text, sibling) ? style.eol + margin : style.gaps.comma;
  return { start: place, end: place, text: after ? `,${gap}${printed}` : `${printed},${gap}` };
}

function remove(ranges: readonly Range[], removed: ReadonlySet<number>): Edits {
  const firstKept = ranges.findIndex((_, index) => !removed.has(index));
  if (firstKept < 0) return undefined;
  return [...removed].map((index) =>
    index > firstKept
      ? { start: ranges[index - 1]!.end, end: ranges[index]!.end, text: "" }
      : { start: ranges[index]!.start, end: ranges[index + 1]!.start, text: "" },
  );
}
