import type { Logger } from "./logger.js";

/**
 * A git object id: 40 lower-case hex digits (SHA-1 of the object's header and content).
 * @example const empty: Oid = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
 */
export type Oid = string;

/**
 * A full ref name. Slashes, dots and UTF-8 are part of names; compare them byte by byte.
 * @example const main: RefName = "refs/heads/main"
 */
export type RefName = string;

/** The four kinds of git object. */
export type GitObjectType = "blob" | "tree" | "commit" | "tag";

/**
 * One git object. `bytes` is the content without git's header, of any length from 0 up; `oid` is the SHA-1 of header
 * and content, as `hashObject` computes it. The host checks each object it reads against its id.
 * @example { oid: hashObject("blob", bytes), type: "blob", bytes }
 */
export interface GitObject {
  readonly oid: Oid;
  readonly type: GitObjectType;
  readonly bytes: Uint8Array;
}

/**
 * One move of a ref. `undefined` means "absent": `old: undefined` creates, `new: undefined` deletes, equal ones check
 * without moving. `reason` is a short text and goes to the reflog where there is one.
 * @example { ref: "refs/heads/main", old: undefined, new: commit, reason: "commit (initial): first" }
 */
export interface RefUpdate {
  readonly ref: RefName;
  readonly old: Oid | undefined;
  readonly new: Oid | undefined;
  readonly reason: string;
}

/**
 * Git objects by id. They never change; writing one twice is no error.
 *
 * Errors: reject with a VexilError where one fits, `VEXIL_UNAVAILABLE_STORAGE` (the store cannot be reached),
 * `VEXIL_UNAVAILABLE_SPACE`, `VEXIL_UNAVAILABLE_CORRUPT`; anything else that is thrown becomes `VEXIL_PLUGIN_USE`.
 * @example
 * const objects: ObjectStore = {
 *   read: async (oids) => new Map((await table.find(oids)).map((object) => [object.oid, object])),
 *   write: async (objects) => table.insertMissing(objects),
 * };
 */
export interface ObjectStore {
  /**
   * Reads many objects at once, at most 20,000.
   * @param signal aborted when nobody waits any more, and after 10 s; then reject, with its reason or another
   * @returns what was found, by id: nothing else than was asked for; what is missing is absent from the map
   * @throws what is corrupt (the content does not hash to its id, or cannot be decoded) rejects
   */
  read(oids: readonly Oid[], signal?: AbortSignal): Promise<ReadonlyMap<Oid, GitObject>>;
  /**
   * Stores many objects at once, at most 20,000 or 32 MiB (or one larger object). When it resolves they are durable (if
   * the backend is). After a crash any subset of whole objects may exist, never a torn one. Writing an object that
   * exists renews its age for `prune`. The caller may use the buffers again afterwards: copy what is kept.
   */
  write(objects: readonly GitObject[], signal?: AbortSignal): Promise<void>;
}

/**
 * Names for commits. Compare-and-swap is what keeps writes safe, also those of several daemons on one store: look and
 * move in one transaction. Errors are those of {@link ObjectStore}.
 * @example
 * const refs: RefStore = {
 *   list: async (prefix) => new Map([...named].filter(([ref]) => ref.startsWith(prefix))),
 *   async compareAndSwap(updates) {
 *     if (updates.some((update) => named.get(update.ref) !== update.old)) return false;
 *     for (const { ref, new: next } of updates) next === undefined ? named.delete(ref) : named.set(ref, next);
 *     return true;
 *   },
 * };
 */
export interface RefStore {
  /**
   * All refs whose full name starts with `prefix` (`""` lists all; `refs/heads/a` also finds `refs/heads/ab`), symbolic
   * refs left out. Every rebuild begins with it: it must see what was swapped before, by whomever. The map is the
   * caller's, later swaps do not change it.
   */
  list(prefix: string, signal?: AbortSignal): Promise<ReadonlyMap<RefName, Oid>>;
  /**
   * Moves refs if each still has its `old` value: all or none while the process lives; after a crash each is old or new.
   * No updates: true.
   * @param signal aborted when nobody waits any more, and after 10 s. The caller has been told by then that the swap
   * failed, so it is owed that the swap is not done later: stop it, or find out that it was done and take it back
   * @returns false, having changed nothing, when any differs. True and false are promises: when you do not know whether
   * it was done, find out or reject, and see to it that what was rejected is not done later
   * @example
   * // A store that can be told to act only until a time keeps the promise without being asked again:
   * async compareAndSwap(updates, signal) {
   *   const notAfter = await store.clock() + 8_000;
   *   const swap = { id: crypto.randomUUID(), updates, notAfter };        // the store refuses it once its clock is past
   *   try {
   *     return await store.swap(swap, signal);                            // true or false: the store has decided
   *   } catch (error) {
   *     if (signal?.aborted) await store.forbid(swap.id);                 // not done yet? then never
   *     throw error;                                                      // rejected, and it stays undone
   *   }
   * }
   */
  compareAndSwap(updates: readonly RefUpdate[], signal?: AbortSignal): Promise<boolean>;
}

/**
 * The stored commits whose parents are not stored. Needed with remotes, which are fetched with a depth.
 * @example { read: async () => new Set(boundary), update: async (add, remove) => change(add, remove) }
 */
export interface ShallowList {
  /** The set is the caller's, later updates do not change it. */
  read(signal?: AbortSignal): Promise<ReadonlySet<Oid>>;
  /**
   * Adds and removes commits, both at once; what is there already, or is not there, is no error. A commit whose parents
   * are stored must go when it is removed; one that is stored without them may stay listed.
   * @param signal as for reads; an update that is aborted may have been made or not
   */
  update(add: readonly Oid[], remove: readonly Oid[], signal?: AbortSignal): Promise<void>;
}

/**
 * State of a work tree, compared with the commit of its checked-out branch.
 * @example { head: { branch: "refs/heads/main", commit }, edits: new Map([["default/features.yaml", bytes]]) }
 */
export interface WorkTreeScan {
  readonly head: { readonly branch?: RefName; readonly commit?: Oid };
  /** Why the work tree cannot be written now (a merge under way, HEAD detached, …). */
  readonly blocked?: { readonly code: string; readonly reason: string };
  /** Paths (as in git, `/` between parts) whose content differs from HEAD's; undefined: deleted. */
  readonly edits: ReadonlyMap<string, Uint8Array | undefined>;
  /**
   * Commits that `apply` has made and that are in no branch any more, because a user's command that had begun before
   * set the branch back unknowingly. Each is told once.
   */
  readonly discarded?: readonly Oid[];
}

/**
 * Outcome of an update of a work tree.
 * @example { type: "edited", paths: ["default/features.yaml"] }
 */
export type WorkTreeApplied =
  | { readonly type: "applied" }
  /** The ref was no longer at `update.old`. Nothing changed. */
  | { readonly type: "moved" }
  /** Files that the update changes have uncommitted edits (or an untracked file is in the way). Nothing changed. */
  | { readonly type: "edited"; readonly paths: readonly string[] };

/**
 * A directory in which users edit files. Only `apply` moves the checked-out branch. Few backends have one: what is no
 * directory of a user leaves it out.
 * @example workTree: { scan: (wanted, signal) => look(wanted, signal), apply: (update, signal) => checkOut(update, signal) }
 */
export interface WorkTree {
  /** @param wanted which paths matter; others need not be read */
  scan(wanted: (path: string) => boolean, signal: AbortSignal): Promise<WorkTreeScan>;
  apply(update: RefUpdate, signal: AbortSignal): Promise<WorkTreeApplied>;
}

/**
 * A lease that one of several daemons on one shared backend holds until it releases or loses it.
 * @example { lost: controller.signal, release: async () => free(name) }
 */
export interface Lease {
  /** Aborted when the lease is lost, before anybody else can get it. */
  readonly lost: AbortSignal;
  /** Gives it back, so that others need not wait for it to run out. Idempotent. */
  release(): Promise<void>;
}

/**
 * One daemon's turn among those that share a backend.
 * @example { end: async () => unlock(name) }
 */
export interface Turn {
  /** Lets the next one in. Idempotent. */
  end(): Promise<void>;
}

/**
 * Where a storage keeps its git data: git's own data model, objects and refs.
 * Optional members are capabilities; the host adapts to what is there. Each call has 10 s (`close` 5 s); calls come side
 * by side. See `vexil plugin new` for a whole one.
 * @example
 * async create(settings, context): Promise<Backend> {
 *   const store = await connect(settings.url.reveal(), context.signal);
 *   return { objects: store.objects, refs: store.refs, shallow: store.shallow, close: () => store.end() };
 * }
 */
export interface Backend {
  readonly objects: ObjectStore;
  readonly refs: RefStore;
  /** Storages with a remote need it. */
  readonly shallow?: ShallowList;
  readonly workTree?: WorkTree;
  /**
   * Calls `changed` when the data may have changed from outside (another process included), until `signal` is aborted,
   * and never afterwards. Returns at once. Only a hint: the 10 s rebuild remains. Call it also after a gap in which
   * something may have been missed.
   */
  watch?(changed: () => void, signal: AbortSignal): void;
  /**
   * Removes what neither a root nor any ref reaches (`referencesOf` tells the way) and is older than `keepNewerThanMs`
   * milliseconds may go. It may also be kept: pruning is never needed for correctness.
   * @param signal aborted when nobody waits any more; stop between two objects, what is gone is gone
   */
  prune?(
    options: { readonly roots: readonly Oid[]; readonly keepNewerThanMs: number },
    signal?: AbortSignal,
  ): Promise<void>;
  /**
   * Shared backends: one of N daemons holds `name` (text of letters). Resolves to undefined while another holds it; the
   * host asks again each second. It is held until it is released: renew it, where the store lets it run out. After a
   * holder has died somebody else must get it within 5 s.
   */
  lease?(name: string, signal: AbortSignal): Promise<Lease | undefined>;
  /**
   * Shared backends: waits, for 2 s at most, until it is this daemon's turn; those that wait come in order. A
   * courtesy that spares the daemons work while many write at once, and never needed for correctness: resolve to
   * undefined when the turn does not come in time. A turn whose holder has died ends by itself.
   */
  turn?(name: string, signal: AbortSignal): Promise<Turn | undefined>;
  /** Idempotent; 5 s at most. Calls that are under way may still settle; none comes afterwards. */
  close(): Promise<void>;
}

/**
 * Facts from the host for making a backend.
 * @example context.logger.log("info", "acme.opened", "a storage was opened", { storage: context.storage.id })
 */
export interface BackendContext {
  readonly storage: {
    /** The key under `storage` in the configuration. Two storages on one store must not see each other. */
    readonly id: string;
    /** Short name of the branch it serves, such as `main`. */
    readonly branch: string;
    readonly hasRemote: boolean;
    /** Author and committer of the daemon's commits. */
    readonly signature: { readonly name: string; readonly email: string };
  };
  /** Absolute. Relative plugin files are seen from here; relative data paths are seen from the working directory. */
  readonly configDirectory: string;
  readonly logger: Logger;
  /**
   * Registers a text that must not be seen: from then on it is blanked in the plugin's log lines and errors, also
   * URL-encoded and inside of base64 (`Basic` headers). The Secrets of the settings are registered already; this is for
   * what is learned later, such as a token that was fetched. At least 4 characters.
   */
  redact(secret: string): void;
  /** Aborted when `create` takes longer than 10 s, and when the daemon stops meanwhile. */
  readonly signal: AbortSignal;
  /** `vexil doctor` looks whether the store can be used: make nothing that is missing, take no lock. */
  readonly examining?: boolean;
}

/**
 * Promises of a backend about its data.
 * @example capabilities: { durable: true, shared: false }
 */
export interface BackendCapabilities {
  /** Data is still there after the process has ended. */
  readonly durable: boolean;
  /** Several daemons may use the same data at the same time. */
  readonly shared: boolean;
}
