import {
  type Backend,
  type BackendPlugin,
  defineBackend,
  type GitObject,
  type Oid,
  type RefName,
} from "@vexil/plugin-api";

/** Faults of a shared backend that a conformance case must find. */
export type SharedFault =
  | "lease runs out"
  | "storages share data"
  | "shallow never removes"
  | "hints at own swaps only"
  | "hints after abort";

interface Store {
  readonly objects: Map<Oid, GitObject>;
  readonly refs: Map<RefName, Oid>;
  readonly shallow: Set<Oid>;
  /** Until when a lease is held; by name. */
  readonly leases: Map<string, number>;
  readonly watchers: Set<(by: object) => void>;
}

/** As a key of an ordinary cache server lives that is set once with an expiry (`SET NX PX`). */
const LEASE_MS = 4_000;
const LATE_MS = 300;

/** A backend shared by all instances in this process, healthy but for one fault. Other processes see another one. */
export function sharedMapPlugin(fault?: SharedFault): BackendPlugin {
  const stores = new Map<string, Store>();
  return defineBackend({
    name: "shared-map",
    capabilities: { durable: false, shared: true },
    schema: { "~standard": { version: 1, vendor: "test", validate: () => ({ value: {} }) } },
    create: async (_settings, context) => {
      const id = fault === "storages share data" ? "all" : context.storage.id;
      const store = stores.get(id) ?? emptyStore();
      stores.set(id, store);
      return open(store, fault);
    },
  });
}

function emptyStore(): Store {
  return { objects: new Map(), refs: new Map(), shallow: new Set(), leases: new Map(), watchers: new Set() };
}

function open({ objects, refs, shallow, leases, watchers }: Store, fault: SharedFault | undefined): Backend {
  const self = {};
  return {
    objects: {
      read: async (oids) => new Map([...objects].filter(([oid]) => oids.includes(oid))),
      write: async (written) => {
        for (const object of written) objects.set(object.oid, object);
      },
    },
    refs: {
      list: async (prefix) => new Map([...refs].filter(([ref]) => ref.startsWith(prefix))),
      compareAndSwap: async (updates) => {
        if (updates.some((update) => refs.get(update.ref) !== update.old)) return false;
        for (const { ref, new: next } of updates) next === undefined ? refs.delete(ref) : refs.set(ref, next);
        for (const watcher of watchers) watcher(self);
        return true;
      },
    },
    shallow: {
      read: async () => new Set(shallow),
      update: async (add, remove) => {
        if (fault !== "shallow never removes") for (const oid of remove) shallow.delete(oid);
        for (const oid of add) shallow.add(oid);
      },
    },
    watch: (changed, signal) => {
      const watcher = (by: object): void => {
        if (fault === "hints at own swaps only" && by !== self) return;
        if (fault === "hints after abort") setTimeout(changed, LATE_MS);
        else changed();
      };
      if (fault !== "hints after abort") signal.addEventListener("abort", () => watchers.delete(watcher));
      if (!signal.aborted) watchers.add(watcher);
    },
    lease: async (name) => {
      const now = performance.now();
      if ((leases.get(name) ?? 0) > now) return undefined;
      leases.set(name, fault === "lease runs out" ? now + LEASE_MS : Number.POSITIVE_INFINITY);
      return { lost: new AbortController().signal, release: async () => void leases.delete(name) };
    },
    close: async () => {},
  };
}
