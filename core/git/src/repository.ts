import type { Backend, GitObject, Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { CommitReader } from "./history/commit-reader.js";
import { moveCommit } from "./history/move-commit.js";
import { mergeTrees } from "./history/tree-merge.js";
import { BoundedCache } from "./objects/bounded-cache.js";
import { parseCommit, serialiseCommit } from "./objects/commit-codec.js";
import type { Resealer } from "./objects/commit-seal.js";
import { gitObject } from "./objects/object-id.js";
import { editTree } from "./objects/tree-editor.js";
import { TreeReader } from "./objects/tree-reader.js";
import type { CommitInfo, NewCommit, Repository, TreeFile } from "./repository-view.js";

const CACHED_COMMITS = 2000;
/** Files written last: the next write to one of them begins with reading it. */
const CACHED_WRITES_BYTES = 4 * 1024 * 1024;

/**
 * git's objects over one Backend: heads, commits, files, and new commits. What lies in the past is read by
 * isomorphic-git. What each poll and each write does (heads, files, new commits) has its own codec: isomorphic-git can
 * neither write a commit's extra header nor read the tree modes of old repositories, reads each object by itself, and
 * costs a start 80 ms.
 */
export function openRepository(backend: Backend): Repository {
  return new BackendRepository(backend);
}

class BackendRepository implements Repository {
  readonly backend: Backend;
  readonly #trees: TreeReader;
  readonly #pastCommits: CommitReader;
  readonly #commits = new BoundedCache<Oid, CommitInfo>(CACHED_COMMITS);
  readonly #written = new BoundedCache<Oid, Uint8Array>(CACHED_WRITES_BYTES);

  constructor(backend: Backend) {
    this.backend = backend;
    this.#trees = new TreeReader(backend.objects);
    this.#pastCommits = new CommitReader(backend);
  }

  async head(ref: string): Promise<Oid | undefined> {
    return (await this.backend.refs.list(ref)).get(ref);
  }

  async readCommit(oid: Oid): Promise<CommitInfo | undefined> {
    const cached = this.#commits.get(oid);
    if (cached !== undefined) return cached;
    const object = (await this.backend.objects.read([oid])).get(oid);
    return object?.type === "commit" ? this.#remember(parseCommit(oid, object.bytes)) : undefined;
  }

  async readPastCommit(oid: Oid): Promise<CommitInfo | undefined> {
    const cached = this.#commits.get(oid);
    // A prune may have taken it since, and its files with it.
    if (cached !== undefined) return (await this.backend.objects.read([oid])).has(oid) ? cached : undefined;
    const read = await this.#pastCommits.read(oid);
    if (read === "unreadable") return this.readCommit(oid);
    return read === undefined ? undefined : this.#remember(read);
  }

  async listFiles(
    commit: Oid,
    directory: string,
    wanted: (path: string) => boolean,
  ): Promise<ReadonlyMap<string, TreeFile>> {
    const { tree, prefix } = await this.#directory(commit, directory);
    return tree === undefined ? new Map() : this.#trees.listFiles(tree, prefix, wanted);
  }

  async listDirectories(commit: Oid, directory: string): Promise<readonly string[] | undefined> {
    const { tree } = await this.#directory(commit, directory);
    return tree === undefined ? undefined : this.#trees.listDirectories(tree);
  }

  async fileAt(commit: Oid, path: string): Promise<Oid | undefined> {
    const slash = path.lastIndexOf("/");
    const { tree } = await this.#directory(commit, slash === -1 ? "" : path.slice(0, slash));
    return tree === undefined ? undefined : this.#trees.file(tree, path.slice(slash + 1));
  }

  obstacle(tree: Oid, path: string): Promise<string | undefined> {
    return this.#trees.obstacle(tree, path);
  }

  async changedFiles(
    before: Oid,
    after: Oid,
    directory: string,
    wanted: (path: string) => boolean,
  ): Promise<ReadonlyMap<string, Oid | undefined> | undefined> {
    const old = await this.#directory(before, directory);
    const { tree, prefix } = await this.#directory(after, directory);
    return this.#trees.changedFiles(old.tree, tree, prefix, wanted);
  }

  async #directory(
    commit: Oid,
    directory: string,
  ): Promise<{ readonly tree: Oid | undefined; readonly prefix: string }> {
    const info = await this.readCommit(commit);
    if (info === undefined) throw lost("commit", commit);
    const path = directory
      .split("/")
      .filter((name) => name !== "")
      .join("/");
    return { tree: await this.#trees.find(info.tree, path), prefix: path === "" ? "" : `${path}/` };
  }

  async readBlobs(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, Uint8Array>> {
    const blobs = new Map<Oid, Uint8Array>();
    for (const oid of oids) {
      const bytes = this.#written.get(oid);
      if (bytes !== undefined) blobs.set(oid, bytes);
    }
    const missing = oids.filter((oid) => !blobs.has(oid));
    if (missing.length === 0) return blobs;
    const objects = await this.backend.objects.read(missing);
    for (const oid of missing) {
      const object = objects.get(oid);
      if (object?.type !== "blob") throw lost("blob", oid);
      blobs.set(oid, object.bytes);
    }
    return blobs;
  }

  async makeCommit(
    commit: NewCommit,
  ): Promise<{ readonly oid: Oid; readonly tree: Oid; readonly objects: readonly GitObject[] }> {
    const edited = await editTree(this.#trees, commit.baseTree, commit.changes);
    const instance = typeof commit.instance === "string" ? commit.instance : commit.instance(edited.tree);
    const unsealed = { ...commit, instance, tree: edited.tree, seal: undefined, signature: undefined };
    const fields = { ...unsealed, seal: commit.seal?.(Buffer.from(serialiseCommit(unsealed))) };
    const signature = await commit.sign?.(serialiseCommit(fields));
    const object = gitObject("commit", Buffer.from(serialiseCommit({ ...fields, signature })));
    for (const { oid, type, bytes } of edited.objects) {
      if (type === "blob" && bytes.byteLength <= CACHED_WRITES_BYTES) this.#written.set(oid, bytes, bytes.byteLength);
    }
    this.#remember(parseCommit(object.oid, object.bytes));
    return { oid: object.oid, tree: edited.tree, objects: [...edited.objects, object] };
  }

  async moveCommit(
    commit: Oid,
    parent: Oid,
    instance: string,
    reseal?: Resealer,
  ): Promise<{ readonly oid: Oid; readonly objects: readonly GitObject[] } | undefined> {
    const object = (await this.backend.objects.read([commit])).get(commit);
    if (object?.type !== "commit") throw lost("commit", commit);
    const [mine, base, theirs] = [
      parseCommit(commit, object.bytes),
      await this.readCommit(parseCommit(commit, object.bytes).parents[0] ?? ""),
      await this.readCommit(parent),
    ];
    if (base === undefined || theirs === undefined) return undefined;
    const merged = await mergeTrees(this.#trees, base.tree, mine.tree, theirs.tree);
    if (merged === undefined) return undefined;
    const made = moveCommit(object.bytes, { tree: merged.tree, parent, instance, seal: reseal?.(object.bytes) });
    // The next one may lie on top of it before it is stored.
    this.#remember(parseCommit(made.oid, made.bytes));
    return { oid: made.oid, objects: [...merged.objects, made] };
  }

  // Not git.isDescendent: that one fails at the first commit that is not stored, and takes the boundary's list at its
  // word even where the parents came later.
  async isAncestor(ancestor: Oid, descendant: Oid): Promise<boolean | undefined> {
    const seen = new Set<Oid>([descendant]);
    let incomplete = false;
    for (let level: readonly Oid[] = [descendant]; level.length > 0; ) {
      if (seen.has(ancestor)) return true;
      const commits = await Promise.all(level.map((oid) => this.readPastCommit(oid)));
      const parents = new Set<Oid>();
      for (const commit of commits) {
        if (commit === undefined) incomplete = true;
        for (const parent of commit?.parents ?? []) if (!seen.has(parent)) parents.add(parent);
      }
      for (const parent of parents) seen.add(parent);
      level = [...parents];
    }
    return incomplete ? undefined : false;
  }

  #remember(commit: CommitInfo): CommitInfo {
    this.#commits.set(commit.oid, commit, 1);
    return commit;
  }
}

const lost = (type: string, oid: Oid): VexilError =>
  new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `${type} ${oid} is missing from the storage`, {
    details: { step: "backend" },
  });
