import type { SourceNode } from "../read/source-tree.js";
import { BLOCK_STYLE } from "./block-style.js";
import { FLOW_STYLE } from "./flow-style.js";
import type { Tree } from "./item-tree.js";
import type { PatchContext } from "./patch-context.js";
import { type Edits, type PatchStyle, pairRange } from "./patch-style.js";
import type { TextEdit } from "./text-edit.js";

const styleOf = ({ flow }: SourceNode): PatchStyle => (flow ? FLOW_STYLE : BLOCK_STYLE);

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
  const filled = node.items.length + node.pairs.length > 0;
  const inBrackets = parent.flow || context.style.json || (node.flow && filled);
  return (inBrackets ? FLOW_STYLE : BLOCK_STYLE).replace(node, value, key, context);
}

/** Takes pairs out of a map that keeps or gets others. */
export function removeFromMap(node: SourceNode, removed: ReadonlySet<number>, context: PatchContext): Edits {
  return removed.size === 0 ? [] : styleOf(node).removePairs(node, removed, context);
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
  const { pairs } = node;
  const rank = (name: string): string | number => order?.indexOf(name) ?? name;
  const edits: TextEdit[] = [];
  for (const [name, value] of added) {
    let before: number | undefined;
    for (const [index, other] of names.entries()) {
      if (removed.has(index) || rank(other) > rank(name)) continue;
      if (before === undefined || rank(other) >= rank(names[before]!)) before = index;
    }
    const sibling = pairs[before ?? names.findIndex((_, index) => !removed.has(index))];
    // Nothing is left to put it beside.
    if (sibling === undefined) return undefined;
    const { start, end } = pairRange(sibling);
    const after = before !== undefined;
    const beside = { place: after ? end : start, after, sibling: start };
    edits.push(styleOf(node).insertPair(node, name, value, beside, context));
  }
  return edits;
}

/** Takes items `[from, to)` out of a list that keeps or gets others. */
export function removeFromSequence(node: SourceNode, from: number, to: number, context: PatchContext): Edits {
  const removed = new Set(Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index));
  return removed.size === 0 ? [] : styleOf(node).removeItems(node, removed, context);
}

/** Puts new items before the one that has index `at`, or after the last. */
export function insertInSequence(node: SourceNode, at: number, values: readonly Tree[], context: PatchContext): Edits {
  if (values.length === 0) return [];
  const after = at > 0;
  const { start, end } = node.items[after ? at - 1 : 0]!;
  return styleOf(node).insertItems(node, values, { place: after ? end : start, after, sibling: start }, context);
}
