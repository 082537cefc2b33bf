import type { PatchContext } from "./patch-context.js";
import { type Beside, type PatchStyle, pairRange } from "./patch-style.js";
import { printBlock, printPair } from "./print-tree.js";
import { columnOf, isFirstOnLine, lineEnd, removeLines, type TextEdit } from "./text-edit.js";

/** Collections over lines of their own, with indentation. */
export const BLOCK_STYLE: PatchStyle = {
  replace: (node, value, key, { text, style }) => {
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
    const lines = [head, ...rest.map((line) => pad + line)].join(style.eol);
    return [{ start, end: behind === undefined ? end : lineEnd(text, end), text: lines }];
  },

  removePairs: ({ pairs }, removed, { text }) => {
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
      if (!removed.has(index)) continue;
      const { start, end } = pairRange(pairs[index]!);
      edits.push(removeLines(text, start, end));
    }
    return edits;
  },

  insertPair: ({ pairs }, name, value, beside, context) => {
    const pad = " ".repeat(columnOf(context.text, pairs[0]!.key.start));
    return insertLines(printPair(name, value, context.style), beside, pad, context);
  },

  removeItems: ({ dashes, items }, removed, { text }) => {
    if ([...removed].some((index) => !isFirstOnLine(text, dashes[index]!))) return undefined;
    return [...removed].map((index) => removeLines(text, dashes[index]!, items[index]!.end));
  },

  insertItems: ({ dashes }, values, { place, after }, context) => {
    const dash = dashes[0]!;
    if (!after && !isFirstOnLine(context.text, dash)) return undefined;
    const pad = " ".repeat(columnOf(context.text, dash));
    const beside = { place: after ? place : dash, after };
    return [insertLines(printBlock(values, context.style), beside, pad, context)];
  },
};

/** Whole lines below the one that `place` is on, or before the text at `place`. */
function insertLines(
  lines: readonly string[],
  { place, after }: Pick<Beside, "place" | "after">,
  pad: string,
  { text, style }: PatchContext,
): TextEdit {
  const joined = lines.join(style.eol + pad);
  if (!after) return { start: place, end: place, text: joined + style.eol + pad };
  const end = lineEnd(text, place);
  return { start: end, end, text: style.eol + pad + joined };
}

function colonAfter(text: string, offset: number): number | undefined {
  const match = /^\s*:/.exec(text.slice(offset, offset + 1000));
  return match === null ? undefined : offset + match[0].length - 1;
}
