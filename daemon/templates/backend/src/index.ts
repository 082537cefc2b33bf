import { type Backend, defineBackend, type GitObject, type Oid, type RefName, z } from "@vexil/plugin-api";

export default defineBackend({
  name: "__name__",
  // The keys beside `type` under `storage.<id>.backend`. What a user mistypes is refused with its full path.
  schema: z.strictObject({ max_objects: z.int().positive().default(1_000_000) }),
  // durable: data outlives the process. shared: several daemons may use it at the same time.
  capabilities: { durable: false, shared: false },
  async create(settings, context): Promise<Backend> {
    const objects = new Map<Oid, GitObject>();
    const refs = new Map<RefName, Oid>();
    const shallow = new Set<Oid>();
    context.logger.log("debug", "__name__.opened", "an empty storage was opened", { storage: context.storage.id });
    return {
      objects: {
        async read(oids, signal) {
          signal?.throwIfAborted();
          return new Map(oids.flatMap((oid) => (objects.has(oid) ? [[oid, objects.get(oid) as GitObject]] : [])));
        },
        async write(written, signal) {
          signal?.throwIfAborted();
          if (objects.size + written.length > settings.max_objects) throw new Error("more objects than max_objects");
          for (const object of written) objects.set(object.oid, { ...object, bytes: object.bytes.slice() });
        },
      },
      refs: {
        list: async (prefix) => new Map([...refs].filter(([ref]) => ref.startsWith(prefix))),
        async compareAndSwap(updates) {
          // All or none: nothing is awaited between looking and changing.
          if (updates.some((update) => refs.get(update.ref) !== update.old)) return false;
          for (const { ref, new: next } of updates) next === undefined ? refs.delete(ref) : refs.set(ref, next);
          return true;
        },
      },
      shallow: {
        read: async () => new Set(shallow),
        async update(add, remove) {
          for (const oid of remove) shallow.delete(oid);
          for (const oid of add) shallow.add(oid);
        },
      },
      async close() {},
    };
  },
});
