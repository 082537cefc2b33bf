import type { Oid } from "@vexil/plugin-api";
import type { SnapshotTests } from "../cases/tested-file.js";
import type { CompiledFlag } from "../evaluate/compiled-flag.js";
import type { Flag, Segment } from "../read/document.js";
import type { FlagPlaces } from "./flag-places.js";

/**
 * State that an environment serves: immutable, made by `buildSnapshot`, shared by everyone who reads it.
 * Namespaces that did not change are the same objects as in the snapshot before.
 */
export interface Snapshot {
  /** The environment key. */
  readonly environment: string;
  /** The commit it was built from. */
  readonly revision: Oid;
  readonly namespaces: ReadonlyMap<string, NamespaceSnapshot>;
  /** Features files of the environment by path relative to the repository root. */
  readonly files: ReadonlyMap<string, SnapshotFile>;
  readonly quarantined: readonly Quarantined[];
  /** Outcome of the tests files; undefined where tests are off. */
  readonly tests?: SnapshotTests;
  /** Epoch milliseconds. */
  readonly builtAt: number;
}

/** One features file as the snapshot's commit (or work tree) has it. */
export interface SnapshotFile {
  /** Blob id of its content. */
  readonly oid: Oid;
  /** Namespaces its documents define, in document order, each once. */
  readonly namespaces: readonly string[];
  /** It was not read to its end, so that these are those it had before, or a guess. */
  readonly unread?: true;
}

/** A namespace that stays at its last good state because a file is bad. */
export interface Quarantined {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly namespace: string;
  readonly reason: string;
  /** The commit that has the fault. */
  readonly revision: Oid;
  /** Nothing is known to be wrong with the file: it has not been read yet. */
  readonly unread?: true;
  /** The file is one of tests, which are enforced and fail. */
  readonly test?: true;
}

/** One namespace, ready for evaluation and for clients. */
export interface NamespaceSnapshot {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  /** As {@link namespaceDigest} makes it: 40 hex digits, or 32 for a namespace of several documents. */
  readonly digest: string;
  /** Compiled for evaluation, by key; file order is the iteration order. */
  readonly flags: ReadonlyMap<string, CompiledFlag>;
  /** Flag keys in ascending order of their code units' UTF-8 bytes. */
  readonly sortedKeys: readonly string[];
  /** As management reads show them: each key once, in file order. */
  readonly items: NamespaceItems;
  /** Where a flag and the segments that it refers to are written; undefined where there is no such flag. */
  places(flag: string): FlagPlaces | undefined;
  /** Epoch milliseconds when this namespace was last built. */
  readonly builtAt: number;
  /** JSON text of the client snapshot, made on first use and kept. */
  readonly clientJson: string;
  /** The same in pieces, each made when it is asked for; nothing is kept. */
  clientTexts(): Iterable<string>;
}

export interface NamespaceItems {
  readonly flags: ReadonlyMap<string, { readonly flag: Flag; readonly file: string }>;
  readonly segments: ReadonlyMap<string, { readonly segment: Segment; readonly file: string }>;
  /** Paths of the files that define the namespace, in load order. */
  readonly files: readonly string[];
}
