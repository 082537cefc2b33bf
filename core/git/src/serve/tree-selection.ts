import type { Oid } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import { isDirectory, isSubmodule, type TreeEntry } from "../objects/tree-codec.js";
import { KnownTrees, type NamedEntries } from "./known-trees.js";
import type { ObjectFilter } from "./object-filter.js";
import { OidTable } from "./oid-table.js";
import type { PackPlan } from "./pack-plan.js";
import { lost } from "./upload-faults.js";
import type { UploadSource } from "./upload-source.js";

/** A tree that the client is to have, and such as it has by then, in whose place it comes. */
export interface TreeChange {
  readonly tree: Oid;
  readonly bases: readonly Oid[];
  /** 0: the root of a commit. */
  readonly depth: number;
}

interface File {
  readonly oid: Oid;
  readonly base: Oid | undefined;
}

/** Files whose size is looked at together. */
const FILES = 100;
const NO_ENTRIES: NamedEntries = new Map();

/**
 * Plans to send what differs between trees. Of a tree that the client has, or gets by the same pack, nothing is looked
 * at but where it differs, so that a commit costs what it changed.
 */
export class TreeSelection {
  readonly #source: UploadSource;
  readonly #plan: PackPlan;
  readonly #filter: ObjectFilter | undefined;
  /** Objects that the client has may be named as bases. */
  readonly #isThin: boolean;
  readonly #trees: KnownTrees;
  /** Objects that the client has, as far as trees of its commits were read. */
  readonly #had = new OidTable();
  readonly #hadRead = new OidTable();
  /** With a filter by depth: the least depth at which a tree was walked. */
  readonly #depths = new Map<Oid, number>();
  /** Files that are too large for the filter. */
  readonly #left = new OidTable();

  constructor(source: UploadSource, plan: PackPlan, filter: ObjectFilter | undefined, isThin: boolean) {
    this.#source = source;
    this.#plan = plan;
    this.#filter = filter;
    // A client that left files out may lack any of those that its commits have.
    this.#isThin = isThin && filter === undefined;
    this.#trees = new KnownTrees(source);
  }

  /** Notes the tree of a commit that the client has. */
  has(tree: Oid): void {
    this.#had.add(tree);
  }

  /** Plans the trees, those below, and their files; the oldest first. */
  async take(changes: readonly TreeChange[]): Promise<void> {
    const pause = timeSlice();
    for (let level = changes; level.length > 0; ) {
      const news = level.filter((change) => this.#admit(change));
      const trees = await this.#trees.read(news.flatMap(({ tree, bases }) => [tree, ...bases]));
      const below: TreeChange[] = [];
      const files: File[] = [];
      for (const change of news) {
        const entries = trees.get(change.tree);
        if (entries === undefined) throw lost("tree", change.tree);
        const bases = change.bases.map((oid) => this.#base(oid, trees.get(oid)));
        for (const entry of entries.values()) {
          this.#compare(entry, bases, change.depth + 1, below, files);
          await pause();
        }
      }
      await this.#takeFiles(files);
      level = below;
    }
  }

  #compare(entry: TreeEntry, bases: readonly NamedEntries[], depth: number, below: TreeChange[], files: File[]): void {
    const { oid, name } = entry;
    if (isSubmodule(entry)) return;
    const before = bases.flatMap((base) => base.get(name) ?? []);
    if (before.some((one) => one.oid === oid)) return;
    if (isDirectory(entry)) {
      below.push({ tree: oid, bases: before.filter(isDirectory).map((one) => one.oid), depth });
    } else if (this.#filter?.type !== "trees" || depth < this.#filter.depth) {
      files.push({ oid, base: before.find((one) => !isDirectory(one) && !isSubmodule(one))?.oid });
    }
  }

  /** @returns whether the tree is to be looked into */
  #admit({ tree, bases, depth }: TreeChange): boolean {
    if (this.#filter?.type === "trees") {
      const known = this.#depths.get(tree);
      if (depth >= this.#filter.depth || (known !== undefined && known <= depth)) return false;
      this.#depths.set(tree, depth);
      this.#add(tree, "tree", bases[0]);
      return true;
    }
    return this.#add(tree, "tree", bases[0]);
  }

  #add(oid: Oid, type: "tree" | "blob", base: Oid | undefined): boolean {
    if (this.#had.has(oid)) return false;
    return this.#plan.add(oid, type, base, this.#isThin && base !== undefined && this.#had.has(base));
  }

  async #takeFiles(files: readonly File[]): Promise<void> {
    if (this.#filter?.type !== "blobs") {
      for (const { oid, base } of files) this.#add(oid, "blob", base);
      return;
    }
    const { bytes: most } = this.#filter;
    if (most === 0) return;
    const unknown = files.filter(({ oid }) => !this.#plan.has(oid) && !this.#left.has(oid));
    for (let at = 0; at < unknown.length; at += FILES) {
      const some = unknown.slice(at, at + FILES);
      const read = await this.#source.readFiles([...new Set(some.map(({ oid }) => oid))]);
      for (const { oid, base } of some) {
        const size = read.get(oid)?.bytes.byteLength;
        if (size === undefined) throw lost("file", oid);
        if (size >= most) this.#left.add(oid);
        else this.#add(oid, "blob", base);
      }
    }
  }

  /** Entries of a tree that the client has or gets; of one that it has, it has them too. */
  #base(oid: Oid, entries: NamedEntries | undefined): NamedEntries {
    if (entries === undefined) return NO_ENTRIES;
    if (this.#had.has(oid) && this.#hadRead.add(oid) !== undefined) {
      for (const entry of entries.values()) if (!isSubmodule(entry)) this.#had.add(entry.oid);
    }
    return entries;
  }
}
