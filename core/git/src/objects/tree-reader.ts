import type { GitObject, ObjectStore, Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { TreeFile } from "../repository-view.js";
import { BoundedCache } from "./bounded-cache.js";
import { timeSlice } from "./time-slice.js";
import { isDirectory, isFile, parseTree, type TreeEntry, textOfName } from "./tree-codec.js";

/** About 120 bytes each. Old trees fill it as the state changes, so its size is also what a process grows by. */
const CACHED_ENTRIES = 50_000;
/** A tree may name the same subtree again and again: few objects, but paths without end. */
const MAX_ENTRIES = 1_000_000;
/** Their paths together, of one level: names may be long, and directories deep. */
const MAX_PATH_CHARACTERS = 32 * 1024 * 1024;
/** Trees read at once, more and more of them as long as they are small. */
const FIRST_BATCH = 16;
const BATCH = 1_000;
const SMALL_BATCH_ENTRIES = 20_000;

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

  /** Blob id of a regular file directly in a tree. */
  async file(tree: Oid, name: string): Promise<Oid | undefined> {
    return (await this.read(tree)).find((entry) => isFile(entry) && textOfName(entry.name) === name)?.oid;
  }

  /** Path of what stands where a file at `path` needs a directory, or of the directory that stands in its own place. */
  async obstacle(root: Oid, path: string): Promise<string | undefined> {
    const parts = path.split("/");
    let tree = root;
    for (const [index, part] of parts.entries()) {
      const entry = (await this.read(tree)).find(({ name }) => textOfName(name) === part);
      if (entry === undefined) return undefined;
      const isLast = index === parts.length - 1;
      if (isDirectory(entry) === isLast) return parts.slice(0, index + 1).join("/");
      tree = entry.oid;
    }
    return undefined;
  }

  /** Names of the directories in a tree. */
  async listDirectories(tree: Oid): Promise<readonly string[]> {
    const entries = await this.read(tree);
    return entries.filter((entry) => isDirectory(entry) && isPlainName(entry.name)).map(({ name }) => textOfName(name));
  }

  /** Regular files below a tree, level by level, so that each level is one read of the store. */
  async listFiles(tree: Oid, prefix: string, wanted: (path: string) => boolean): Promise<Map<string, TreeFile>> {
    const files = new Map<string, TreeFile>();
    const pause = timeSlice();
    let level: readonly { readonly oid: Oid; readonly prefix: string }[] = [{ oid: tree, prefix }];
    for (let count = 0; level.length > 0; ) {
      const trees = await this.#readAll([...new Set(level.map((directory) => directory.oid))]);
      const below: { oid: Oid; prefix: string }[] = [];
      let characters = 0;
      for (const directory of level) {
        const entries = trees.get(directory.oid) as readonly TreeEntry[];
        count += entries.length;
        if (count > MAX_ENTRIES) throw tooMany();
        for (const entry of entries) {
          const path = `${directory.prefix}${textOfName(entry.name)}`;
          if (!isPlainName(entry.name)) continue;
          if (isDirectory(entry)) {
            below.push({ oid: entry.oid, prefix: `${path}/` });
            characters += path.length;
          } else if (isFile(entry) && wanted(path)) files.set(path, { path, oid: entry.oid, mode: entry.mode });
        }
        if (characters > MAX_PATH_CHARACTERS) throw tooMany();
        await pause();
      }
      level = below;
    }
    return files;
  }

  /**
   * Files below a tree that differ from those below another: path → blob id, undefined where it is gone. Directories
   * that both have are not looked into.
   * @returns undefined where names are not unique, so that only listing both tells
   */
  async changedFiles(
    before: Oid | undefined,
    after: Oid | undefined,
    prefix: string,
    wanted: (path: string) => boolean,
  ): Promise<ReadonlyMap<string, Oid | undefined> | undefined> {
    const changed = new Map<string, Oid | undefined>();
    const pause = timeSlice();
    let level: readonly Pair[] = before === after ? [] : [{ before, after, prefix }];
    for (let count = 0; level.length > 0; ) {
      const trees = await this.#readAll([...new Set(level.flatMap((pair) => [pair.before, pair.after].filter(isOid)))]);
      const below: Pair[] = [];
      for (const pair of level) {
        const [old, now] = [pair.before, pair.after].map((oid) => byName(isOid(oid) ? trees.get(oid) : undefined));
        if (old === undefined || now === undefined) return undefined;
        count += old.size + now.size;
        if (count > MAX_ENTRIES) throw tooMany();
        for (const [name, entry] of old) {
          const next = now.get(name);
          if ((next?.oid === entry.oid && next.mode === entry.mode) || !isPlainName(name)) continue;
          const path = `${pair.prefix}${textOfName(name)}`;
          if (isDirectory(entry)) {
            const same = next !== undefined && isDirectory(next) ? next.oid : undefined;
            below.push({ before: entry.oid, after: same, prefix: `${path}/` });
          } else if (isFile(entry) && wanted(path)) changed.set(path, undefined);
        }
        for (const [name, entry] of now) {
          const last = old.get(name);
          if ((last?.oid === entry.oid && last.mode === entry.mode) || !isPlainName(name)) continue;
          const path = `${pair.prefix}${textOfName(name)}`;
          if (isDirectory(entry)) {
            if (last === undefined || !isDirectory(last))
              below.push({ before: undefined, after: entry.oid, prefix: `${path}/` });
          } else if (isFile(entry) && wanted(path)) changed.set(path, entry.oid);
        }
        await pause();
      }
      level = below;
    }
    return changed;
  }

  /** Notes what a tree just made has in it. */
  remember(oid: Oid, entries: readonly TreeEntry[]): void {
    this.#cache.set(oid, entries, entries.length + 1);
  }

  async #readAll(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, readonly TreeEntry[]>> {
    const trees = new Map<Oid, readonly TreeEntry[]>();
    const missing: Oid[] = [];
    for (const oid of oids) {
      const cached = this.#cache.get(oid);
      if (cached === undefined) missing.push(oid);
      else trees.set(oid, cached);
    }
    const pause = timeSlice();
    let total = 0;
    for (let at = 0, size = FIRST_BATCH; at < missing.length; ) {
      const batch = missing.slice(at, at + size);
      const objects = await this.#objects.read(batch);
      const before = total;
      for (const oid of batch) {
        const entries = parseTree(oid, treeBytes(oid, objects.get(oid)));
        this.#cache.set(oid, entries, entries.length + 1);
        trees.set(oid, entries);
        total += entries.length;
        if (total > MAX_ENTRIES) throw tooMany();
        await pause();
      }
      at += batch.length;
      if (total - before < SMALL_BATCH_ENTRIES) size = Math.min(size * 4, BATCH);
    }
    return trees;
  }
}

/** A directory at the same place in two trees; undefined where a tree has none there. */
interface Pair {
  readonly before: Oid | undefined;
  readonly after: Oid | undefined;
  readonly prefix: string;
}

const isOid = (oid: Oid | undefined): oid is Oid => oid !== undefined;

function byName(entries: readonly TreeEntry[] = []): ReadonlyMap<string, TreeEntry> | undefined {
  const names = new Map<string, TreeEntry>();
  for (const entry of entries) names.set(entry.name, entry);
  return names.size === entries.length ? names : undefined;
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
