import type { Logger } from "./logger.js";

/** A git object id: 40 lower-case hex digits (SHA-1). */
export type Oid = string;

/** A full ref name, such as `refs/heads/main`. */
export type RefName = string;

export type GitObjectType = "blob" | "tree" | "commit" | "tag";

/** One git object. `bytes` is the content without git's header; `oid` is the SHA-1 of header and content. */
export interface GitObject {
  readonly oid: Oid;
  readonly type: GitObjectType;
  readonly bytes: Uint8Array;
}

/**
 * One move of a ref. `undefined` means "absent": `old: undefined` creates, `new: undefined` deletes.
 * `reason` goes to the reflog where there is one.
 */
export interface RefUpdate {
  readonly ref: RefName;
  readonly old: Oid | undefined;
  readonly new: Oid | undefined;
  readonly reason: string;
}

export interface ObjectStore {
  /**
   * Reads many objects at once. What is missing is absent from the map.
   * @throws what is corrupt (the content does not hash to its id, or cannot be decoded) rejects.
   */
  read(oids: readonly Oid[], signal?: AbortSignal): Promise<ReadonlyMap<Oid, GitObject>>;
  /**
   * Stores many objects at once. When it resolves they are durable (if the backend is). After a crash any subset of
   * whole objects may exist, never a torn one. Writing an object that exists renews its age for `prune`.
   */
  write(objects: readonly GitObject[], signal?: AbortSignal): Promise<void>;
}

export interface RefStore {
  /** All refs whose full name starts with `prefix` (`""` lists all), symbolic refs left out. */
  list(prefix: string): Promise<ReadonlyMap<RefName, Oid>>;
  /**
   * Moves refs if each still has its `old` value: all or none while the process lives; after a crash each is old or new.
   * Resolves to false, having changed nothing, when any differs.
   */
  compareAndSwap(updates: readonly RefUpdate[]): Promise<boolean>;
}

/** The stored commits whose parents are not stored. Needed with remotes, which are fetched with a depth. */
export interface ShallowList {
  read(): Promise<ReadonlySet<Oid>>;
  update(add: readonly Oid[], remove: readonly Oid[]): Promise<void>;
}

/** What a work tree looks like, compared with the commit of its checked-out branch. */
export interface WorkTreeScan {
  readonly head: { readonly branch?: RefName; readonly commit?: Oid };
  /** Why the work tree cannot be written now (a merge under way, HEAD detached, …). */
  readonly blocked?: { readonly code: string; readonly reason: string };
  /** Paths (as in git, `/` between parts) whose content differs from HEAD's; undefined: deleted. */
  readonly edits: ReadonlyMap<string, Uint8Array | undefined>;
}

export type WorkTreeApplied =
  | { readonly type: "applied" }
  /** The ref was no longer at `update.old`. Nothing changed. */
  | { readonly type: "moved" }
  /** Files that the update changes have uncommitted edits (or an untracked file is in the way). Nothing changed. */
  | { readonly type: "edited"; readonly paths: readonly string[] };

/** A directory in which people edit files. Only `apply` moves the checked-out branch. */
export interface WorkTree {
  scan(wanted: (path: string) => boolean, signal: AbortSignal): Promise<WorkTreeScan>;
  apply(update: RefUpdate, signal: AbortSignal): Promise<WorkTreeApplied>;
}

/** A lease that one of several daemons on one shared backend holds. */
export interface Lease {
  /** Aborted when the lease is lost. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Where a storage keeps its git data: git's own data model, objects and refs.
 * Optional members are capabilities; the host adapts to what is there.
 */
export interface Backend {
  readonly objects: ObjectStore;
  readonly refs: RefStore;
  readonly shallow?: ShallowList;
  readonly workTree?: WorkTree;
  /** Calls `changed` when the data may have changed from outside. Only a hint: the 10 s rebuild remains. */
  watch?(changed: () => void, signal: AbortSignal): void;
  /** What no root reaches and is older than `keepNewerThanMs` milliseconds may go. */
  prune?(options: { readonly roots: readonly Oid[]; readonly keepNewerThanMs: number }): Promise<void>;
  /** Shared backends: one of N daemons holds `name`. Resolves to undefined while another holds it. */
  lease?(name: string, signal: AbortSignal): Promise<Lease | undefined>;
  /** Idempotent; 5 s at most. */
  close(): Promise<void>;
}

/** What the host tells a backend when it makes it. */
export interface BackendContext {
  readonly storage: {
    readonly id: string;
    readonly branch: string;
    readonly hasRemote: boolean;
    readonly signature: { readonly name: string; readonly email: string };
  };
  /** Relative plugin files are seen from here; relative data paths are seen from the working directory. */
  readonly configDirectory: string;
  readonly logger: Logger;
  /** Aborted when `create` takes longer than 10 s, and when the daemon stops meanwhile. */
  readonly signal: AbortSignal;
}

export interface BackendCapabilities {
  /** Data is still there after the process has ended. */
  readonly durable: boolean;
  /** Several daemons may use the same data at the same time. */
  readonly shared: boolean;
}
