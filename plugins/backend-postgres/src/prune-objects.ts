import { type GitObjectType, type Oid, referencesOf } from "@vexil/plugin-api";
import type { Database } from "./database.js";
import { packOids } from "./object-table.js";

/** Other daemons write objects before they move a ref to them: what is younger than this is nobody's to delete. */
const YOUNGEST_MS = 10 * 60_000;
const BATCH = 1_000;
const WHOLE_MS = 9_000;

/** Deletes the old objects of a storage that neither its refs nor the roots reach. */
export async function pruneObjects(
  database: Database,
  storage: string,
  options: { readonly roots: readonly Oid[]; readonly keepNewerThanMs: number },
): Promise<void> {
  const { schema } = database;
  const deadline = performance.now() + WHOLE_MS;
  const ask = (text: string, values: readonly unknown[]) =>
    database.query(text, values, { deadlineMs: deadline - performance.now() });
  const age = Math.max(options.keepNewerThanMs, YOUNGEST_MS);
  const old = `storage = $1 and written_at < clock_timestamp() - $2 * interval '1 ms'`;
  const candidates = new Set<Oid>();
  for (const row of await ask(`select encode(oid, 'hex') as oid from ${schema}.objects where ${old}`, [storage, age])) {
    candidates.add(row.oid as Oid);
  }
  if (candidates.size === 0) return;
  const refs = await ask(`select encode(oid, 'hex') as oid from ${schema}.refs where storage = $1`, [storage]);
  const cut = await ask(`select encode(oid, 'hex') as oid from ${schema}.shallow where storage = $1`, [storage]);
  const shallow = new Set(cut.map((row) => row.oid as Oid));
  const seen = new Set<Oid>();
  let waiting = [...options.roots, ...refs.map((row) => row.oid as Oid)];
  while (waiting.length > 0 && candidates.size > 0) {
    const batch = [...new Set(waiting.slice(0, BATCH))].filter((oid) => !seen.has(oid));
    waiting = waiting.slice(BATCH);
    for (const oid of batch) {
      seen.add(oid);
      candidates.delete(oid);
    }
    if (batch.length === 0) continue;
    // Blobs refer to nothing, and are most of the bytes.
    const rows = await ask(
      `select encode(oid, 'hex') as oid, type, bytes from ${schema}.objects where storage = $1 and type <> 'blob' and oid in
         (select substring($2::bytea from at for 20) from generate_series(1, length($2::bytea), 20) as at)`,
      [storage, packOids(batch)],
    );
    for (const row of rows) {
      const references = referencesOf(row.type as GitObjectType, row.bytes as Buffer);
      // The past of a shallow commit does not count, as in git; a commit's tree comes first.
      const reached = shallow.has(row.oid as Oid) ? references.slice(0, 1) : references;
      for (const oid of reached) if (!seen.has(oid)) waiting.push(oid);
    }
  }
  const unreached = [...candidates];
  for (let from = 0; from < unreached.length; from += BATCH) {
    // Its age is looked at again: somebody may have written it anew meanwhile.
    await ask(
      `delete from ${schema}.objects where ${old} and oid in
         (select substring($3::bytea from at for 20) from generate_series(1, length($3::bytea), 20) as at)`,
      [storage, age, packOids(unreached.slice(from, from + BATCH))],
    );
  }
  await ask(
    `delete from ${schema}.shallow where storage = $1 and not exists
       (select from ${schema}.objects where objects.storage = shallow.storage and objects.oid = shallow.oid)`,
    [storage],
  );
}
