import type { GitObject, Oid } from "./git-object.js";

/**
 * A full ref name. Slashes, dots and UTF-8 are part of names; compare them byte by byte.
 * @example const main: RefName = "refs/heads/main"
 */
export type RefName = string;

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
