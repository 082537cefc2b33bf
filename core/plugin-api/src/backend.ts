import type { Oid } from "./git-object.js";
import type { Logger } from "./logger.js";
import type { ObjectStore, RefStore, ShallowList } from "./stores.js";
import type { WorkTree } from "./work-tree.js";

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
   * Directory on this machine that goes with the data and need not exist: the host keeps small files of its own there.
   * Without one they are kept in the daemon's state directory.
   */
  readonly directory?: string;
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
   * host asks again each second. It is held until it is released: renew it, where the store lets it run out, as
   * `ExpiringLeases` does. After a holder has died somebody else must get it within 5 s.
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
