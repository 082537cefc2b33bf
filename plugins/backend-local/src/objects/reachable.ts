import type { GitObject, ObjectStore, Oid } from "@vexil/plugin-api";
import { parentsOf, treeOf } from "./commit-parents.js";
import { DIRECTORY, parseTree, SUBMODULE } from "./tree-entries.js";

/** Objects read at once. */
const BATCH = 500;

/**
 * Marks what the roots reach, as far as it is stored. The parents of `shallow` commits do not count, as in git.
 * @returns false when it took too long: `marked` is not whole then
 */
export async function markReachable(
  objects: ObjectStore,
  roots: Iterable<Oid>,
  shallow: ReadonlySet<Oid>,
  marked: Set<Oid>,
  until: number,
): Promise<boolean> {
  const waiting = [...new Set(roots)].filter((oid) => !marked.has(oid));
  for (const oid of waiting) marked.add(oid);
  while (waiting.length > 0) {
    if (performance.now() > until) return false;
    for (const object of (await objects.read(waiting.splice(-BATCH))).values()) {
      for (const { oid, isBlob } of referencesOf(object, shallow)) {
        if (marked.has(oid)) continue;
        marked.add(oid);
        if (!isBlob) waiting.push(oid);
      }
    }
  }
  return true;
}

function referencesOf(
  { oid, type, bytes }: GitObject,
  shallow: ReadonlySet<Oid>,
): readonly { readonly oid: Oid; readonly isBlob: boolean }[] {
  if (type === "blob") return [];
  if (type === "tree") {
    return parseTree(oid, bytes)
      .filter(({ mode }) => mode !== SUBMODULE)
      .map((entry) => ({ oid: entry.oid, isBlob: entry.mode !== DIRECTORY }));
  }
  if (type === "commit") {
    const tree = treeOf(bytes);
    const parents = shallow.has(oid) ? [] : parentsOf(bytes);
    return [...parents, ...(tree === undefined ? [] : [tree])].map((each) => ({ oid: each, isBlob: false }));
  }
  const target = /^object ([0-9a-f]{40})$/m.exec(Buffer.from(bytes).toString("latin1"))?.[1];
  return target === undefined ? [] : [{ oid: target, isBlob: false }];
}
