import { isDirectory, isSubmodule, parseTree } from "@vexil/git/objects";
import { type GitObject, type ObjectStore, type Oid, referencesOf } from "@vexil/plugin-api";

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
      for (const { oid, isBlob } of namedBy(object, shallow)) {
        if (marked.has(oid)) continue;
        marked.add(oid);
        if (!isBlob) waiting.push(oid);
      }
    }
  }
  return true;
}

function namedBy(
  { oid, type, bytes }: GitObject,
  shallow: ReadonlySet<Oid>,
): readonly { readonly oid: Oid; readonly isBlob: boolean }[] {
  if (type === "blob") return [];
  if (type === "tree") {
    return parseTree(oid, bytes)
      .filter((entry) => !isSubmodule(entry))
      .map((entry) => ({ oid: entry.oid, isBlob: !isDirectory(entry) }));
  }
  // A commit's tree comes first, then its parents.
  const references = referencesOf(type, bytes);
  const counted = type === "commit" && shallow.has(oid) ? references.slice(0, 1) : references;
  return counted.map((each) => ({ oid: each, isBlob: false }));
}
