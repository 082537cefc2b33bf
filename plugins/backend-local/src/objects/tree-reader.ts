import { isDirectory, nameOf, parseTree, type TreeEntry, textOfName } from "@vexil/git/objects";
import { type GitObject, type ObjectStore, type Oid, referencesOf, TimeSlice } from "@vexil/plugin-api";
import { corrupt } from "../disk/disk-error.js";
import { modeOf } from "../work-tree/file-mode.js";
import { isUnsafeName, unreadablePath, unsafePath, unsafePathHere } from "./unsafe-path.js";

export interface TreeFile {
  readonly oid: Oid;
  readonly mode: number;
}

/** Change of one path between two trees; undefined: it is not there. */
export interface TreeChange {
  readonly before: TreeFile | undefined;
  readonly after: TreeFile | undefined;
}

interface Pending {
  readonly prefix: string;
  readonly before: Oid | undefined;
  readonly after: Oid | undefined;
}

/** Trees of commits. Those of the commit that was listed last are kept. */
export class TreeReader {
  readonly #objects: ObjectStore;
  #trees = new Map<Oid, readonly TreeEntry[]>();
  #listed: { readonly commit: Oid; readonly files: ReadonlyMap<string, TreeFile> } | undefined;

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  /** All paths of a commit but directories. */
  async list(commit: Oid): Promise<ReadonlyMap<string, TreeFile>> {
    if (this.#listed?.commit === commit) return this.#listed.files;
    const files = new Map<string, TreeFile>();
    const used = new Map<Oid, readonly TreeEntry[]>();
    const slice = new TimeSlice();
    let level: readonly { readonly prefix: string; readonly oid: Oid }[] = [
      { prefix: "", oid: await this.#treeOf(commit) },
    ];
    while (level.length > 0) {
      await this.#load(level.map(({ oid }) => oid));
      const next: { readonly prefix: string; readonly oid: Oid }[] = [];
      for (const { prefix, oid } of level) {
        const entries = this.#entries(oid);
        used.set(oid, entries);
        for (const entry of entries) {
          const path = prefix + textOfName(entry.name);
          if (isDirectory(entry)) next.push({ prefix: `${path}/`, oid: entry.oid });
          else files.set(path, { oid: entry.oid, mode: modeOf(entry) });
        }
        await slice.pause();
      }
      level = next;
    }
    this.#trees = used;
    this.#listed = { commit, files };
    return files;
  }

  /**
   * Paths that differ between two commits, to be checked out. Trees that are equal are not looked into.
   * @throws VexilError VEXIL_UNAVAILABLE_BLOCKED for a path that must not be
   */
  async diff(before: Oid | undefined, after: Oid): Promise<ReadonlyMap<string, TreeChange>> {
    const changes = new Map<string, TreeChange>();
    let level: readonly Pending[] = [
      {
        prefix: "",
        before: before === undefined ? undefined : await this.#treeOf(before),
        after: await this.#treeOf(after),
      },
    ];
    while (level.length > 0) {
      await this.#load(level.flatMap((pair) => [pair.before, pair.after].filter((oid) => oid !== undefined)));
      const next: Pending[] = [];
      for (const pair of level) this.#compare(pair, next, changes, { before, after });
      level = next;
    }
    return changes;
  }

  #compare(
    pair: Pending,
    next: Pending[],
    changes: Map<string, TreeChange>,
    commits: { readonly before: Oid | undefined; readonly after: Oid },
  ): void {
    if (pair.before === pair.after) return;
    const sides = [pair.before, pair.after].map(
      (oid) => new Map((oid === undefined ? [] : this.#entries(oid)).map((entry) => [entry.name, entry])),
    );
    const [old, now] = sides as [Map<string, TreeEntry>, Map<string, TreeEntry>];
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [from, to] = [old.get(name), now.get(name)];
      if (from?.oid === to?.oid && from?.mode === to?.mode) continue;
      const inner = textOfName(name);
      const path = pair.prefix + inner;
      // Written under another name, the file would look renamed, and the next commit made here would rename it.
      if (nameOf(inner) !== name) throw unreadablePath(path, commits.after);
      if (isUnsafeName(inner)) {
        throw to === undefined ? unsafePathHere(path, commits.before ?? "") : unsafePath(path, commits.after);
      }
      const [fromTree, toTree] = [directory(from), directory(to)];
      if (fromTree !== undefined || toTree !== undefined) {
        next.push({ prefix: `${path}/`, before: fromTree, after: toTree });
      }
      const [fromFile, toFile] = [file(from), file(to)];
      if (fromFile !== undefined || toFile !== undefined) changes.set(path, { before: fromFile, after: toFile });
    }
  }

  async #treeOf(commit: Oid): Promise<Oid> {
    const object = (await this.#objects.read([commit])).get(commit);
    const [tree] = object?.type === "commit" ? referencesOf("commit", object.bytes) : [];
    if (tree === undefined) throw corrupt(`commit ${commit} is missing or damaged`);
    return tree;
  }

  async #load(oids: readonly Oid[]): Promise<void> {
    const wanted = oids.filter((oid) => !this.#trees.has(oid));
    if (wanted.length === 0) return;
    const found: ReadonlyMap<Oid, GitObject> = await this.#objects.read(wanted);
    const slice = new TimeSlice();
    for (const oid of wanted) {
      const object = found.get(oid);
      if (object?.type !== "tree") throw corrupt(`tree ${oid} is missing; "git fsck" tells more`);
      this.#trees.set(oid, parseTree(oid, object.bytes));
      await slice.pause();
    }
  }

  #entries(oid: Oid): readonly TreeEntry[] {
    return this.#trees.get(oid) ?? [];
  }
}

function directory(entry: TreeEntry | undefined): Oid | undefined {
  return entry !== undefined && isDirectory(entry) ? entry.oid : undefined;
}

function file(entry: TreeEntry | undefined): TreeFile | undefined {
  return entry === undefined || isDirectory(entry) ? undefined : { oid: entry.oid, mode: modeOf(entry) };
}
