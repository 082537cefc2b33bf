import type { Backend, GitObject, ObjectStore, Oid, RefName, RefStore, ShallowList } from "@vexil/plugin-api";

/** A backend for one look at a remote: what is fetched into it is gone with it. */
export class ScratchStore implements Backend {
  readonly #objects = new Map<Oid, GitObject>();
  readonly #refs = new Map<RefName, Oid>();
  readonly #shallow = new Set<Oid>();

  /** Objects that were fetched. */
  get size(): number {
    return this.#objects.size;
  }

  readonly objects: ObjectStore = {
    read: async (oids) => {
      const found = new Map<Oid, GitObject>();
      for (const oid of oids) {
        const object = this.#objects.get(oid);
        if (object !== undefined) found.set(oid, object);
      }
      return found;
    },
    write: async (objects) => {
      for (const object of objects) this.#objects.set(object.oid, object);
    },
  };

  readonly refs: RefStore = {
    list: async (prefix) => new Map([...this.#refs].filter(([ref]) => ref.startsWith(prefix))),
    compareAndSwap: async (updates) => {
      if (updates.some(({ ref, old }) => this.#refs.get(ref) !== old)) return false;
      for (const { ref, new: next } of updates) {
        if (next === undefined) this.#refs.delete(ref);
        else this.#refs.set(ref, next);
      }
      return true;
    },
  };

  readonly shallow: ShallowList = {
    read: async () => new Set(this.#shallow),
    update: async (add, remove) => {
      for (const oid of remove) this.#shallow.delete(oid);
      for (const oid of add) this.#shallow.add(oid);
    },
  };

  async close(): Promise<void> {}
}
