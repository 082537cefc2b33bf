import type { Backend, GitObject, Oid } from "../contract/backend.js";
import { VexilError } from "../errors/vexil-error.js";
import { BoundedCache } from "./bounded-cache.js";
import { parseCommit, serialiseCommit } from "./commit-codec.js";
import { gitObject } from "./object-id.js";
import type { CommitInfo, NewCommit, Repository, TreeFile } from "./repository-view.js";
import { editTree } from "./tree-editor.js";
import { TreeReader } from "./tree-reader.js";

const CACHED_COMMITS = 5000;

/** git's objects over one Backend: heads, commits, files, and new commits. */
export function openRepository(backend: Backend): Repository {
  return new BackendRepository(backend);
}

class BackendRepository implements Repository {
  readonly backend: Backend;
  readonly #trees: TreeReader;
  readonly #commits = new BoundedCache<Oid, CommitInfo>(CACHED_COMMITS);

  constructor(backend: Backend) {
    this.backend = backend;
    this.#trees = new TreeReader(backend.objects);
  }

  async head(ref: string): Promise<Oid | undefined> {
    return (await this.backend.refs.list(ref)).get(ref);
  }

  async readCommit(oid: Oid): Promise<CommitInfo | undefined> {
    return (await this.#readCommits([oid])).get(oid);
  }

  async listFiles(
    commit: Oid,
    directory: string,
    wanted: (path: string) => boolean,
  ): Promise<ReadonlyMap<string, TreeFile>> {
    const info = await this.readCommit(commit);
    if (info === undefined) throw missing("commit", commit);
    const path = directory
      .split("/")
      .filter((name) => name !== "")
      .join("/");
    const tree = await this.#trees.find(info.tree, path);
    if (tree === undefined) return new Map();
    return this.#trees.listFiles(tree, path === "" ? "" : `${path}/`, wanted);
  }

  async readBlobs(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, Uint8Array>> {
    const objects = await this.backend.objects.read(oids);
    const blobs = new Map<Oid, Uint8Array>();
    for (const oid of oids) {
      const object = objects.get(oid);
      if (object?.type !== "blob") throw missing("blob", oid);
      blobs.set(oid, object.bytes);
    }
    return blobs;
  }

  async makeCommit(commit: NewCommit): Promise<{ readonly oid: Oid; readonly objects: readonly GitObject[] }> {
    const edited = await editTree(this.#trees, commit.baseTree, commit.changes);
    const fields = { ...commit, tree: edited.tree, signature: undefined };
    const signature = await commit.sign?.(serialiseCommit(fields));
    const object = gitObject("commit", Buffer.from(serialiseCommit({ ...fields, signature })));
    return { oid: object.oid, objects: [...edited.objects, object] };
  }

  async isAncestor(ancestor: Oid, descendant: Oid): Promise<boolean | undefined> {
    const seen = new Set<Oid>([descendant]);
    let incomplete = false;
    for (let level: readonly Oid[] = [descendant]; level.length > 0; ) {
      if (seen.has(ancestor)) return true;
      const commits = await this.#readCommits(level);
      const parents = new Set<Oid>();
      for (const oid of level) {
        const commit = commits.get(oid);
        if (commit === undefined) incomplete = true;
        for (const parent of commit?.parents ?? []) if (!seen.has(parent)) parents.add(parent);
      }
      for (const parent of parents) seen.add(parent);
      level = [...parents];
    }
    return incomplete ? undefined : false;
  }

  async #readCommits(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, CommitInfo>> {
    const commits = new Map<Oid, CommitInfo>();
    const unread: Oid[] = [];
    for (const oid of oids) {
      const cached = this.#commits.get(oid);
      if (cached === undefined) unread.push(oid);
      else commits.set(oid, cached);
    }
    if (unread.length === 0) return commits;
    for (const [oid, object] of await this.backend.objects.read(unread)) {
      if (object.type !== "commit") continue;
      const commit = parseCommit(oid, object.bytes);
      this.#commits.set(oid, commit, 1);
      commits.set(oid, commit);
    }
    return commits;
  }
}

const missing = (type: string, oid: Oid): VexilError =>
  new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `${type} ${oid} is missing from the storage`, {
    details: { step: "backend" },
  });
