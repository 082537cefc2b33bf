import type { Backend, GitObject, Oid, RefName } from "@vexil/plugin-api";

/** The least backend there can be, for tests of what stands on one. */
export function mapBackend(): Backend & { readonly stored: Map<Oid, GitObject>; readonly heads: Map<RefName, Oid> } {
  const stored = new Map<Oid, GitObject>();
  const heads = new Map<RefName, Oid>();
  return {
    stored,
    heads,
    objects: {
      read: async (oids) =>
        new Map(oids.flatMap((oid) => (stored.has(oid) ? [[oid, stored.get(oid) as GitObject]] : []))),
      write: async (objects) => {
        for (const object of objects) stored.set(object.oid, object);
      },
    },
    refs: {
      list: async (prefix) => new Map([...heads].filter(([ref]) => ref.startsWith(prefix))),
      compareAndSwap: async (updates) => {
        if (updates.some((update) => heads.get(update.ref) !== update.old)) return false;
        for (const update of updates) {
          if (update.new === undefined) heads.delete(update.ref);
          else heads.set(update.ref, update.new);
        }
        return true;
      },
    },
    close: async () => {},
  };
}

/** One that keeps no more history than it was given, as memory does. */
export function shallowMapBackend(): ReturnType<typeof mapBackend> {
  const boundary = new Set<Oid>();
  return {
    ...mapBackend(),
    shallow: {
      read: async () => boundary,
      update: async (add, remove) => {
        for (const oid of remove) boundary.delete(oid);
        for (const oid of add) boundary.add(oid);
      },
    },
  };
}
