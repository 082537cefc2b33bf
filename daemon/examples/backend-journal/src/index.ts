import { resolve } from "node:path";
import { type Backend, defineBackend, type GitObject, type Oid, type RefName, z } from "@vexil/plugin-api";
import { type Entry, openJournal } from "./journal.js";

export default defineBackend({
  name: "vexil-backend-journal",
  schema: z.strictObject({ path: z.string().min(1) }),
  capabilities: { durable: true, shared: false },
  async create(settings, context): Promise<Backend> {
    const objects = new Map<Oid, GitObject>();
    const refs = new Map<RefName, Oid>();
    const shallow = new Set<Oid>();
    const apply = (entry: Entry): void => {
      for (const [oid, type, text] of entry.objects ?? []) {
        objects.set(oid, { oid, type, bytes: new Uint8Array(Buffer.from(text, "base64")) });
      }
      for (const [ref, oid] of entry.refs ?? []) oid === null ? refs.delete(ref) : refs.set(ref, oid);
      for (const oid of entry.deepened ?? []) shallow.delete(oid);
      for (const oid of entry.cut ?? []) shallow.add(oid);
    };
    const journal = await openJournal(resolve(settings.path), apply, context.examining === true);
    return {
      objects: {
        async read(oids, signal) {
          signal?.throwIfAborted();
          return new Map(oids.flatMap((oid) => (objects.has(oid) ? [[oid, objects.get(oid) as GitObject]] : [])));
        },
        async write(written, signal) {
          signal?.throwIfAborted();
          const fresh = written.filter(({ oid }) => !objects.has(oid));
          const texts = fresh.map(
            ({ oid, type, bytes }) => [oid, type, Buffer.from(bytes).toString("base64")] as const,
          );
          await journal.add(() => ({ objects: texts }));
        },
      },
      refs: {
        list: async (prefix) => new Map([...refs].filter(([ref]) => ref.startsWith(prefix))),
        // All or none: an entry is one line, and entries are added one after the other.
        compareAndSwap: (updates) =>
          journal.add(() => {
            if (updates.some((update) => refs.get(update.ref) !== update.old)) return undefined;
            return { refs: updates.map(({ ref, new: next }) => [ref, next ?? null] as const) };
          }),
      },
      shallow: {
        read: async () => new Set(shallow),
        async update(add, remove) {
          await journal.add(() => ({ cut: [...add], deepened: [...remove] }));
        },
      },
      close: () => journal.close(),
    };
  },
});
