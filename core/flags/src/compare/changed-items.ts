import type { NamespaceSnapshot } from "../compile/snapshot.js";
import type { Flag, Segment } from "../read/document.js";
import { Effort } from "./effort.js";
import { areEqual } from "./equal-items.js";

/** Name and description of a namespace, which are changed like an item's. */
export interface NamespaceItem {
  readonly key: string;
  readonly name: string;
  readonly description: string;
}

/** One thing that is not the same in both states; undefined on the side that does not have it. */
export type ItemChange = { readonly namespace: string; readonly key: string } & (
  | { readonly type: "namespace"; readonly before?: NamespaceItem; readonly after?: NamespaceItem }
  | { readonly type: "flag"; readonly before?: Flag; readonly after?: Flag }
  | { readonly type: "segment"; readonly before?: Segment; readonly after?: Segment }
);

/** Changes of one namespace: itself, then flags, then segments. Yields where others may have their turn. */
export function* changedItems(
  namespace: string,
  base: NamespaceSnapshot | undefined,
  head: NamespaceSnapshot | undefined,
): Generator<void, readonly ItemChange[]> {
  const changes: ItemChange[] = [];
  const effort = new Effort();
  const own = sides(base && shown(base), head && shown(head));
  if (!(yield* areEqual(own.before, own.after, effort)))
    changes.push({ namespace, type: "namespace", key: namespace, ...own });
  const flags = (side: NamespaceSnapshot | undefined) => (key: string) => side?.items.flags.get(key)?.flag;
  for (const key of keysOf(base?.items.flags, head?.items.flags)) {
    if (effort.turn(20)) yield;
    const { before, after } = sides(flags(base)(key), flags(head)(key));
    if (!(yield* areEqual(before, after, effort)))
      changes.push({ namespace, type: "flag", key, ...sides(before, after) });
  }
  const segments = (side: NamespaceSnapshot | undefined) => (key: string) => side?.items.segments.get(key)?.segment;
  for (const key of keysOf(base?.items.segments, head?.items.segments)) {
    if (effort.turn(20)) yield;
    const { before, after } = sides(segments(base)(key), segments(head)(key));
    if (!(yield* areEqual(before, after, effort)))
      changes.push({ namespace, type: "segment", key, ...sides(before, after) });
  }
  return changes;
}

function shown({ key, name, description }: NamespaceSnapshot): NamespaceItem {
  return { key, name, description };
}

function sides<T>(before: T | undefined, after: T | undefined): { readonly before?: T; readonly after?: T } {
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function keysOf(
  before: ReadonlyMap<string, unknown> | undefined,
  after: ReadonlyMap<string, unknown> | undefined,
): readonly string[] {
  return [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])];
}
