import type { Backend, GitObject, Oid } from "@vexil/plugin-api";
import type { Resealer, Sealer } from "./objects/commit-seal.js";

export interface Identity {
  readonly name: string;
  readonly email: string;
}

export interface CommitInfo {
  readonly oid: Oid;
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly message: string;
  readonly author: Identity & { readonly timestampMs: number };
  readonly committer: Identity & { readonly timestampMs: number };
  /** The instance that made it (extra header `vexil-instance`), if any. */
  readonly instance: string | undefined;
}

export interface TreeFile {
  readonly path: string;
  readonly oid: Oid;
  /** Octal text: `100644`, `100755`. Symbolic links and submodules are never listed. */
  readonly mode: string;
}

export interface NewCommit {
  readonly parents: readonly Oid[];
  /** The tree the changes start from; undefined: the empty tree. */
  readonly baseTree: Oid | undefined;
  /** Path → content; undefined deletes. Directories left empty disappear. */
  readonly changes: ReadonlyMap<string, Uint8Array | undefined>;
  readonly author: Identity;
  /** The author, unless told. */
  readonly committer?: Identity;
  readonly message: string;
  readonly timestampMs: number;
  /** Mark of the instance, as an extra header of the commit object; a function is given the new tree. */
  readonly instance: string | ((tree: Oid) => string);
  /** Proves who makes the commit. */
  readonly seal?: Sealer | undefined;
  /** Signs the commit's payload; the result becomes its `gpgsig` header. */
  readonly sign?: (payload: string) => Promise<string>;
}

/** Reading and making git's objects over one Backend. */
export interface Repository {
  readonly backend: Backend;
  head(ref: string): Promise<Oid | undefined>;
  readCommit(oid: Oid): Promise<CommitInfo | undefined>;
  /**
   * As {@link readCommit}, through isomorphic-git: for walks through history. The first call loads that library, which
   * takes its time, so nothing on the way to the first snapshot asks here. Messages end in one line break.
   */
  readPastCommit(oid: Oid): Promise<CommitInfo | undefined>;
  /** Files of a commit below `directory` (`""`: all) whose path `wanted` accepts. Trees are cached by id. */
  listFiles(commit: Oid, directory: string, wanted: (path: string) => boolean): Promise<ReadonlyMap<string, TreeFile>>;
  /**
   * Names of the directories in a directory of a commit (`""`: its root); undefined where there is no such directory.
   */
  listDirectories(commit: Oid, directory: string): Promise<readonly string[] | undefined>;
  /**
   * Files that differ between two commits, as `listFiles` of both would have them: path → blob id, undefined where
   * it is gone. Costs what has changed.
   * @returns undefined where only listing both tells
   */
  changedFiles(
    before: Oid,
    after: Oid,
    directory: string,
    wanted: (path: string) => boolean,
  ): Promise<ReadonlyMap<string, Oid | undefined> | undefined>;
  /**
   * Finds what would have to go for there to be a file at `path`: a file in the place of one of its directories, or a
   * directory in its own.
   * @returns its path
   */
  obstacle(tree: Oid, path: string): Promise<string | undefined>;
  /** Blob id of the file at a path of a commit; undefined where there is none. */
  fileAt(commit: Oid, path: string): Promise<Oid | undefined>;
  /** Contents by blob id; a missing blob rejects. */
  readBlobs(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, Uint8Array>>;
  /** Makes commit, trees and blobs; nothing is stored. The commit is the last object. */
  makeCommit(
    commit: NewCommit,
  ): Promise<{ readonly oid: Oid; readonly tree: Oid; readonly objects: readonly GitObject[] }>;
  /**
   * Makes a commit, and its trees, that has on top of `parent` what `commit` changed; everything else of it stays.
   * Nothing is stored. The commit is the last object.
   * @param reseal proves that its maker is who it was before
   * @returns undefined when both changed the same file since the commit's parent
   */
  moveCommit(
    commit: Oid,
    parent: Oid,
    instance: string,
    reseal?: Resealer,
  ): Promise<{ readonly oid: Oid; readonly objects: readonly GitObject[] } | undefined>;
  /**
   * Tells whether `ancestor` is `descendant` or reachable from it, as far as stored history goes (undefined: unknown).
   */
  isAncestor(ancestor: Oid, descendant: Oid): Promise<boolean | undefined>;
}
