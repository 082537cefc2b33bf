import type { SourceNode, SourcePair } from "../read/source-tree.js";
import type { Tree } from "./item-tree.js";
import type { PatchContext } from "./patch-context.js";
import type { TextEdit } from "./text-edit.js";

/** undefined: it cannot be done in that place, and what is around it must be written anew. */
export type Edits = readonly TextEdit[] | undefined;

/** Place beside a sibling: at its start for what goes before it, else at its end. */
export interface Beside {
  readonly place: number;
  readonly after: boolean;
  /** Start of the sibling. */
  readonly sibling: number;
}

/** One of the two ways to write collections: with brackets, or over lines of their own. */
export interface PatchStyle {
  /** @param key the key whose value the node is; undefined for an item of a list */
  replace(node: SourceNode, value: Tree, key: SourceNode | undefined, context: PatchContext): Edits;
  /** Takes pairs out of a map that keeps or gets others. */
  removePairs(node: SourceNode, removed: ReadonlySet<number>, context: PatchContext): Edits;
  insertPair(node: SourceNode, name: string, value: Tree, beside: Beside, context: PatchContext): TextEdit;
  /** Takes items out of a list that keeps or gets others. */
  removeItems(node: SourceNode, removed: ReadonlySet<number>, context: PatchContext): Edits;
  insertItems(node: SourceNode, values: readonly Tree[], beside: Beside, context: PatchContext): Edits;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

export const pairRange = ({ key, value }: SourcePair): Range => ({
  start: key.start,
  end: Math.max(key.end, value.end),
});
