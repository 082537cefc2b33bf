import type { GitObject, ObjectStore, Oid } from "../contract/backend.js";
import { VexilError } from "../errors/vexil-error.js";
import { BoundedCache } from "./bounded-cache.js";
import type { TreeFile } from "./repository-view.js";
import { isDirectory, isFile, parseTree, type TreeEntry, textOfName } from "./tree-codec.js";
import { breather } from "./wire/breather.js";

const CACHED_ENTRIES = 500_000;
/** A tree may name the same subtree again and again: few objects, but paths without end. */
const MAX_ENTRIES = 2_000_000;

/** Reads trees of a store, many at once, and remembers them: a tree's id says all about its content. */
export class TreeReader {
  readonly #objects: ObjectStore;
  readonly #cache = new BoundedCache<Oid, readonly TreeEntry[]>(CACHED_ENTRIES);

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  async read(oid: Oid): Promise<readonly TreeEntry[]> {
    return (await this.#readAll([oid])).get(oid) as readonly TreeEntry[];
  }

  /** The tree at `path` below a root tree; undefined when there is none. */
  async find(root: Oid, path: string): Promise<Oid | undefined> {
    let oid = root;
    for (const part of path.split("/").filter((name) => name !== "")) {
      const entries: readonly TreeEntry[] = await this.read(oid);
      const entry = entries.find((candidate) => isDirectory(candidate) && textOfName(candidate.name) === part);
      if (entry === undefined) return undefined;
      oid = entry.oid;
    }
    return oid;
  }

  /** Regular files below a tree, level by level, so that each level is one read of the store. */
  async listFiles(tree: Oid, prefix: string, wanted: (path: string) => boolean): Promise<Map<string, TreeFile>> {
    const files = new Map<string, TreeFile>();
    const pause = breather();
    let level: readonly { readonly oid: Oid; readonly prefix: string }[] = [{ oid: tree, prefix }];
    for (let count = 0; level.length > 0; ) {
      const trees = await this.#readAll([...new Set(level.map((directory) => directory.oid))]);
      const below: { oid: Oid; prefix: string }[] = [];
      for (const directory of level) {
        const entries = trees.get(directory.oid) as readonly TreeEntry[];
        count += entries.length;
        if (count > MAX_ENTRIES) throw tooMany();
        for (const entry of entries) {
          const path = `${directory.prefix}${textOfName(entry.name)}`;
          if (!isPlainName(entry.name)) continue;
          if (isDirectory(entry)) below.push({ oid: entry.oid, prefix: `${path}/` });
          else if (isFile(entry) && wanted(path)) files.set(path, { path, oid: entry.oid, mode: entry.mode });
        }
        await pause();
      }
      level = below;
    }
    return files;
  }

  async #readAll(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, readonly TreeEntry[]>> {
    const trees = new Map<Oid, readonly TreeEntry[]>();
    const missing: Oid[] = [];
    for (const oid of oids) {
      const cached = this.#cache.get(oid);
      if (cached === undefined) missing.push(oid);
      else trees.set(oid, cached);
    }
    if (missing.length === 0) return trees;
    const objects = await this.#objects.read(missing);
    for (const oid of missing) {
      const entries = parseTree(oid, treeBytes(oid, objects.get(oid)));
      this.#cache.set(oid, entries, entries.length + 1);
      trees.set(oid, entries);
    }
    return trees;
  }
}

function treeBytes(oid: Oid, object: GitObject | undefined): Uint8Array {
  if (object?.type === "tree") return object.bytes;
  const what = object === undefined ? "is missing" : `is a ${object.type}`;
  throw new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `tree ${oid} ${what}`, { details: { step: "backend" } });
}

/** Names that git never writes, but a hostile tree may hold. */
const isPlainName = (name: string): boolean =>
  name !== "" && name !== "." && name !== ".." && name.toLowerCase() !== ".git" && !name.includes("/");

const tooMany = (): VexilError =>
  new VexilError("VEXIL_VALIDATION_LIMIT", `the commit lists more than ${MAX_ENTRIES} files and directories`, {
    details: { step: "backend" },
  });
