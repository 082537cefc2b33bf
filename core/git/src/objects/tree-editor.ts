import type { GitObject, Oid } from "@vexil/plugin-api";
import { blobId, gitObject } from "./object-id.js";
import { directoryEntry, isDirectory, isFile, nameOf, serialiseTree, type TreeEntry } from "./tree-codec.js";
import type { TreeReader } from "./tree-reader.js";

/** Changes below one directory: a name → its new content, nothing (deleted), or changes further down. */
type Changes = Map<string, Uint8Array | undefined | Changes>;

export interface EditedTree {
  readonly tree: Oid;
  /** The new blobs and trees. */
  readonly objects: readonly GitObject[];
}

/** Makes the tree that differs from `base` by `changes` (path → content; undefined deletes). Nothing is stored. */
export async function editTree(
  reader: TreeReader,
  base: Oid | undefined,
  changes: ReadonlyMap<string, Uint8Array | undefined>,
): Promise<EditedTree> {
  const objects: GitObject[] = [];
  const tree = await edit(reader, base, nest(changes), objects);
  if (tree !== undefined) return { tree, objects };
  const empty = gitObject("tree", new Uint8Array(0));
  return { tree: empty.oid, objects: [...objects, empty] };
}

function nest(changes: ReadonlyMap<string, Uint8Array | undefined>): Changes {
  const root: Changes = new Map();
  for (const [path, content] of changes) {
    const names = path.split("/").map(nameOf);
    const last = names.pop() as string;
    let directory = root;
    for (const name of names) {
      let next = directory.get(name);
      if (!(next instanceof Map)) {
        next = new Map();
        directory.set(name, next);
      }
      directory = next;
    }
    directory.set(last, content);
  }
  return root;
}

/** The new tree's id; undefined when nothing is left in it. */
async function edit(
  reader: TreeReader,
  base: Oid | undefined,
  changes: Changes,
  objects: GitObject[],
): Promise<Oid | undefined> {
  const before = base === undefined ? [] : await reader.read(base);
  const entries = new Map(before.map((entry) => [entry.name, entry]));
  for (const [name, change] of changes) {
    const old = entries.get(name);
    const entry = await replacement(reader, name, old, change, objects);
    if (entry === undefined) entries.delete(name);
    else entries.set(name, entry);
  }
  if (entries.size === 0) return undefined;
  const tree = gitObject("tree", serialiseTree(entries.values()));
  if (tree.oid !== base) {
    objects.push(tree);
    reader.remember(tree.oid, [...entries.values()]);
  }
  return tree.oid;
}

async function replacement(
  reader: TreeReader,
  name: string,
  old: TreeEntry | undefined,
  change: Uint8Array | undefined | Changes,
  objects: GitObject[],
): Promise<TreeEntry | undefined> {
  if (change === undefined) return undefined;
  if (change instanceof Map) {
    const below = old !== undefined && isDirectory(old) ? old.oid : undefined;
    const oid = await edit(reader, below, change, objects);
    if (oid !== undefined) return directoryEntry(name, oid);
    return old !== undefined && !isDirectory(old) ? old : undefined;
  }
  const blob: GitObject = { oid: blobId(change), type: "blob", bytes: change };
  if (blob.oid !== old?.oid) objects.push(blob);
  return { mode: old !== undefined && isFile(old) ? old.mode : "100644", name, oid: blob.oid };
}
