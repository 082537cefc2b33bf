import type { SourceNode, SourcePair } from "../read/source-tree.js";
import type { Tree } from "./item-tree.js";
import type { PatchContext } from "./patch-context.js";
import { printBlock, printFlow, printJsonLines, printPair, printScalar } from "./print-tree.js";
import { columnOf, isFirstOnLine, lineEnd, lineStart, removeLines, type TextEdit } from "./text-edit.js";

type Edits = readonly TextEdit[] | undefined;

/**
 * Writes a value in place of a node.
 * @param parent the collection that holds it
 * @param key the key whose value the node is; undefined for an item of a list
 */
export function replaceNode(
  node: SourceNode,
  value: Tree,
  context: PatchContext,
  parent: SourceNode,
  key: SourceNode | undefined,
): Edits {
  const { text, style } = context;
  const filled = node.items.length + node.pairs.length > 0;
  if (parent.flow || style.json || (node.flow && filled)) {
    if (node.kind === "empty") return undefined;
    return [{ start: node.start, end: node.end, text: printInFlow(value, node.start, context) }];
  }
  if (key === undefined) {
    const pad = " ".repeat(columnOf(text, node.start));
    return [{ start: node.start, end: node.end, text: printBlock(value, style).join(style.eol + pad) }];
  }
  const colon = colonAfter(text, key.end);
  if (colon === undefined) return undefined;
  const [first = "", ...rest] = printPair("k", value, style);
  // What the pair's text has after its colon, indented as its key is; a comment on the key's line stays there.
  const start = colon + 1;
  const end = Math.max(start, node.end);
  const before = /#.*/.exec(text.slice(start, Math.max(start, node.start)))?.[0].trimEnd();
  const behind = rest.length === 0 ? undefined : /^\s+(#.*)/.exec(text.slice(end, lineEnd(text, end)))?.[1];
  const head = [first.slice("k:".length), before, behind].filter((part) => part !== undefined).join(" ");
  const pad = " ".repeat(columnOf(text, key.start));
  return [
    {
      start,
      end: behind === undefined ? end : lineEnd(text, end),
      text: [head, ...rest.map((line) => pad + line)].join(style.eol),
    },
  ];
}

function printInFlow(value: Tree, offset: number, context: PatchContext): string {
  const { text, style } = context;
  if (!style.json || style.step === 0) return printFlow(value, style);
  const line = lineStart(text, offset);
  const indent = /^[ \t]*/.exec(text.slice(line))?.[0].length ?? 0;
  const nested = typeof value === "object" && value !== null;
  return nested ? printJsonLines(value, style, indent) : printScalar(value as string, style);
}

/** Takes pairs out of a map that keeps or gets others. */
export function removeFromMap(node: SourceNode, removed: ReadonlySet<number>, context: PatchContext): Edits {
  if (removed.size === 0) return [];
  const { text } = context;
  const { pairs } = node;
  if (node.flow) return removeFromFlow(pairs.map(pairRange), removed);
  const edits: TextEdit[] = [];
  let index = 0;
  if (removed.has(0) && !isFirstOnLine(text, pairs[0]!.key.start)) {
    // The first pair shares its line with a dash, which the next one takes over; comments between stay.
    while (removed.has(index)) index++;
    const next = pairs[index]?.key.start;
    if (next === undefined) return undefined;
    const last = pairRange(pairs[index - 1]!).end;
    const between = text.slice(lineEnd(text, last), next);
    edits.push({ start: pairs[0]!.key.start, end: next, text: between.includes("#") ? between.trimStart() : "" });
  }
  for (; index < pairs.length; index++) {
    if (removed.has(index)) {
      const { start, end } = pairRange(pairs[index]!);
      edits.push(removeLines(text, start, end));
    }
  }
  return edits;
}

/** Puts new pairs where the order of keys wants them. */
export function insertInMap(
  node: SourceNode,
  names: readonly string[],
  added: readonly (readonly [string, Tree])[],
  removed: ReadonlySet<number>,
  order: readonly string[] | undefined,
  context: PatchContext,
): Edits {
  const { text, style } = context;
  const { pairs } = node;
  const rank = (name: string): string | number => order?.indexOf(name) ?? name;
  const edits: TextEdit[] = [];
  for (const [name, value] of added) {
    let before: number | undefined;
    for (const [index, other] of names.entries()) {
      if (removed.has(index) || rank(other) > rank(name)) continue;
      if (before === undefined || rank(other) >= rank(names[before]!)) before = index;
    }
    const anchor = pairs[before ?? names.findIndex((_, index) => !removed.has(index))];
    // Nothing is left to put it beside.
    if (anchor === undefined) return undefined;
    const place = before === undefined ? anchor.key.start : pairRange(anchor).end;
    if (node.flow) {
      const printed = `${printScalar(name, style)}: ${printInFlow(value, anchor.key.start, context)}`;
      edits.push(insertInFlow(printed, place, before !== undefined, anchor.key.start, context));
    } else {
      const pad = " ".repeat(columnOf(text, pairs[0]!.key.start));
      edits.push(insertLines(printPair(name, value, style), place, before !== undefined, pad, context));
    }
  }
  return edits;
}

/** Takes items `[from, to)` out of a list that keeps or gets others. */
export function removeFromSequence(node: SourceNode, from: number, to: number, { text }: PatchContext): Edits {
  const removed = new Set<number>();
  for (let index = from; index < to; index++) removed.add(index);
  if (removed.size === 0) return [];
  if (node.flow) return removeFromFlow(node.items, removed);
  const edits: TextEdit[] = [];
  for (const index of removed) {
    const dash = node.dashes[index]!;
    if (!isFirstOnLine(text, dash)) return undefined;
    edits.push(removeLines(text, dash, node.items[index]!.end));
  }
  return edits;
}

/** Puts new items before the one that has index `at`, or after the last. */
export function insertInSequence(node: SourceNode, at: number, values: readonly Tree[], context: PatchContext): Edits {
  if (values.length === 0) return [];
  const { text, style } = context;
  const after = at > 0;
  const neighbour = node.items[after ? at - 1 : 0]!;
  if (node.flow) {
    const start = node.items[0]!.start;
    return values.map((value) =>
      insertInFlow(printInFlow(value, start, context), after ? neighbour.end : neighbour.start, after, start, context),
    );
  }
  const dash = node.dashes[0]!;
  if (!after && !isFirstOnLine(text, dash)) return undefined;
  const pad = " ".repeat(columnOf(text, dash));
  const lines = printBlock(values, style);
  return [insertLines(lines, after ? neighbour.end : dash, after, pad, context)];
}

/** Whole lines below the one that `place` is on, or before the text at `place`. */
function insertLines(
  lines: readonly string[],
  place: number,
  after: boolean,
  pad: string,
  { text, style }: PatchContext,
): TextEdit {
  const joined = lines.join(style.eol + pad);
  if (!after) return { start: place, end: place, text: joined + style.eol + pad };
  const end = lineEnd(text, place);
  return { start: end, end, text: style.eol + pad + joined };
}

/** Between brackets: on the same line, or on a line of its own where the neighbours have theirs. */
function insertInFlow(
  printed: string,
  place: number,
  after: boolean,
  sibling: number,
  { text, style }: PatchContext,
): TextEdit {
  const gap = isFirstOnLine(text, sibling) ? style.eol + " ".repeat(columnOf(text, sibling)) : " ";
  return { start: place, end: place, text: after ? `,${gap}${printed}` : `${printed},${gap}` };
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function removeFromFlow(ranges: readonly Range[], removed: ReadonlySet<number>): Edits {
  const firstKept = ranges.findIndex((_, index) => !removed.has(index));
  if (firstKept < 0) return undefined;
  return [...removed].map((index) =>
    index > firstKept
      ? { start: ranges[index - 1]!.end, end: ranges[index]!.end, text: "" }
      : { start: ranges[index]!.start, end: ranges[index + 1]!.start, text: "" },
  );
}

const pairRange = ({ key, value }: SourcePair): Range => ({ start: key.start, end: Math.max(key.end, value.end) });

function colonAfter(text: string, offset: number): number | undefined {
  const match = /^\s*:/.exec(text.slice(offset, offset + 1000));
  return match === null ? undefined : offset + match[0].length - 1;
}
