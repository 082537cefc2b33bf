import type { GitObject, Oid } from "@vexil/plugin-api";
import { gitObject } from "../objects/object-id.js";
import { directoryEntry, isDirectory, serialiseTree, type TreeEntry } from "../objects/tree-codec.js";
import type { TreeReader } from "../objects/tree-reader.js";

/** Both sides changed the same path. */
const CONFLICT = Symbol("conflict");

/**
 * The tree that has the changes from `base` to `mine` and those from `base` to `theirs`. Everything counts as git
 * counts it: modes, links, submodules, names that are no UTF-8.
 * @returns undefined when both changed the same file, each in its own way
 */
export async function mergeTrees(
  reader: TreeReader,
  base: Oid,
  mine: Oid,
  theirs: Oid,
): Promise<{ readonly tree: Oid; readonly objects: readonly GitObject[] } | undefined> {
  const objects: GitObject[] = [];
  const merged = await merge(reader, base, mine, theirs, objects);
  if (merged === CONFLICT) return undefined;
  if (merged !== undefined) return { tree: merged, objects };
  const empty = gitObject("tree", new Uint8Array(0));
  return { tree: empty.oid, objects: [...objects, empty] };
}

/** One directory; undefined where nothing is left in it. */
async function merge(
  reader: TreeReader,
  base: Oid | undefined,
  mine: Oid | undefined,
  theirs: Oid | undefined,
  objects: GitObject[],
): Promise<Oid | undefined | typeof CONFLICT> {
  if (mine === theirs || base === mine) return theirs;
  if (base === theirs) return mine;
  const [old, ours, others] = await Promise.all([base, mine, theirs].map((oid) => entriesOf(reader, oid)));
  if (old === undefined || ours === undefined || others === undefined) return CONFLICT;
  const entries: TreeEntry[] = [];
  for (const name of new Set([...ours.keys(), ...others.keys()])) {
    const [was, mineNow, theirsNow] = [old.get(name), ours.get(name), others.get(name)];
    const settled = pick(was, mineNow, theirsNow);
    if (settled !== CONFLICT) {
      if (settled !== undefined) entries.push(settled);
      continue;
    }
    // Only where both have a directory, or none, can each have changed another part of it.
    const below = [was, mineNow, theirsNow].map((entry) => directoryOf(entry));
    const [wasTree, mineTree, theirsTree] = below;
    if (below.includes(CONFLICT)) return CONFLICT;
    const oid = await merge(reader, wasTree as Oid, mineTree as Oid, theirsTree as Oid, objects);
    if (oid === CONFLICT) return CONFLICT;
    if (oid !== undefined) entries.push(directoryEntry(name, oid));
  }
  if (entries.length === 0) return undefined;
  const tree = gitObject("tree", serialiseTree(entries));
  objects.push(tree);
  reader.remember(tree.oid, entries);
  return tree.oid;
}

function pick(
  was: TreeEntry | undefined,
  mine: TreeEntry | undefined,
  theirs: TreeEntry | undefined,
): TreeEntry | undefined | typeof CONFLICT {
  if (same(mine, theirs) || same(was, mine)) return theirs;
  return same(was, theirs) ? mine : CONFLICT;
}

function same(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode;
}

function directoryOf(entry: TreeEntry | undefined): Oid | undefined | typeof CONFLICT {
  if (entry === undefined) return undefined;
  return isDirectory(entry) ? entry.oid : CONFLICT;
}

async function entriesOf(reader: TreeReader, oid: Oid | undefined): Promise<Map<string, TreeEntry> | undefined> {
  const entries = oid === undefined ? [] : await reader.read(oid);
  const names = new Map(entries.map((entry) => [entry.name, entry]));
  return names.size === entries.length ? names : undefined;
}
