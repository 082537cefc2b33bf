import { scalarText } from "../read/file-layout.js";
import type { SourceNode, SourcePair } from "../read/source-tree.js";
import { isList, isMap, KEY_ORDER, sameTree, type Tree } from "./item-tree.js";
import type { PatchContext } from "./patch-context.js";
import { insertInMap, insertInSequence, removeFromMap, removeFromSequence, replaceNode } from "./patch-text.js";
import { type PrintStyle, printDoubleQuoted, printQuoted, printScalar } from "./print-tree.js";
import { childShape, itemShape, type Shape } from "./shapes.js";
import type { TextEdit } from "./text-edit.js";

/**
 * Edits that turn a node which means `before` into one that means `after`: only what differs is touched, the rest of
 * the text, its comments and its style stay.
 * @returns undefined where the node as a whole must be replaced
 */
export function patchNode(
  node: SourceNode,
  shape: Shape,
  before: Tree,
  after: Tree,
  context: PatchContext,
): readonly TextEdit[] | undefined {
  if (sameTree(before, after)) return [];
  // An anchor or tag belongs to the value it stands before.
  if (node.start !== node.contentStart) return undefined;
  if (node.kind === "scalar") return patchScalar(node, after, context);
  if (typeof before !== "object" || typeof after !== "object" || before === null || after === null) return undefined;
  if (node.kind === "mapping" && isMap(before) && isMap(after)) return patchMap(node, shape, before, after, context);
  if (node.kind === "sequence" && isList(before) && isList(after)) {
    return patchList(node, itemShape(shape), before, after, context);
  }
  return undefined;
}

function patchScalar(node: SourceNode, after: Tree, { text, style }: PatchContext): readonly TextEdit[] | undefined {
  if (node.block || (typeof after === "object" && after !== null)) return undefined;
  const { start, end } = node;
  return [{ start, end, text: printLike(text[start], after as string | number | boolean | null, style) }];
}

/** Text stays in the quotes it had. */
function printLike(quote: string | undefined, value: string | number | boolean | null, style: PrintStyle): string {
  if (typeof value !== "string" || style.json) return printScalar(value, style);
  if (quote === '"') return printDoubleQuoted(value);
  return quote === "'" ? printQuoted(value) : printScalar(value, style);
}

type TreeMap = ReadonlyMap<string, Tree>;

function patchMap(
  node: SourceNode,
  shape: Shape,
  before: TreeMap,
  after: TreeMap,
  context: PatchContext,
): readonly TextEdit[] | undefined {
  const { pairs } = node;
  const names = pairs.map(({ key }) => scalarText(context.text, key));
  if (after.size === 0 || pairs.length === 0 || !isFaithful(pairs, names, shape, before)) return undefined;
  const edits: TextEdit[] = [];
  const removed = new Set<number>();
  for (const [index, pair] of pairs.entries()) {
    const name = names[index]!;
    const value = after.get(name);
    if (sameTree(before.get(name), value) && !(name === "rollouts" && isVariantFlag(shape, after))) continue;
    if (value === undefined) {
      removed.add(index);
      continue;
    }
    const patch =
      patchNode(pair.value, childShape(shape, name), before.get(name) ?? null, value, context) ??
      replaceNode(pair.value, value, context, node, pair.key);
    if (patch === undefined) return undefined;
    edits.push(...patch);
  }
  const added = [...after].filter(([name, value]) => !names.includes(name) && !sameTree(before.get(name), value));
  const removals = removeFromMap(node, removed, context);
  const insertions = insertInMap(node, names, added, removed, shape.order, context);
  return removals === undefined || insertions === undefined ? undefined : [...edits, ...removals, ...insertions];
}

/** A variant flag must not have the field at all, not even with an empty list. */
function isVariantFlag(shape: Shape, after: TreeMap): boolean {
  return shape.order === KEY_ORDER.flag && after.get("type") !== "BOOLEAN_FLAG_TYPE";
}

/**
 * Tells whether the text's keys say what the model says: no merge key, no form of reference that the model has
 * otherwise.
 */
function isFaithful(pairs: readonly SourcePair[], names: readonly string[], shape: Shape, before: TreeMap): boolean {
  if (pairs.some(({ key }) => key.kind !== "scalar" || key.block || key.start !== key.contentStart)) return false;
  if (names.includes("<<")) return false;
  const { order } = shape;
  return order === undefined
    ? names.length === before.size && names.every((name) => before.has(name))
    : names.every((name) => order.includes(name));
}

function patchList(
  node: SourceNode,
  shape: Shape,
  before: readonly Tree[],
  after: readonly Tree[],
  context: PatchContext,
): readonly TextEdit[] | undefined {
  const { items } = node;
  if (items.length !== before.length || items.length === 0 || after.length === 0) return undefined;
  const shared = Math.min(before.length, after.length);
  let head = 0;
  while (head < shared && sameTree(before[head], after[head])) head++;
  let tail = 0;
  while (tail < shared - head && sameTree(before.at(-1 - tail), after.at(-1 - tail))) tail++;
  const oldEnd = before.length - tail;
  const newEnd = after.length - tail;
  const paired = Math.min(oldEnd, newEnd);
  const edits: TextEdit[] = [];
  for (let index = head; index < paired; index++) {
    const item = items[index]!;
    const patch =
      patchNode(item, shape, before[index]!, after[index]!, context) ??
      replaceNode(item, after[index]!, context, node, undefined);
    if (patch === undefined) return undefined;
    edits.push(...patch);
  }
  const removals = removeFromSequence(node, paired, oldEnd, context);
  const insertions = insertInSequence(node, paired, after.slice(paired, newEnd), context);
  return removals === undefined || insertions === undefined ? undefined : [...edits, ...removals, ...insertions];
}
