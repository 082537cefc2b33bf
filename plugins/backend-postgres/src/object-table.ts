import { type GitObject, type GitObjectType, type ObjectStore, type Oid, VexilError } from "@vexil/plugin-api";
import type { Database } from "./database.js";

const WHOLE_MS = 9_000;
/** Of one statement. */
const READ_ROWS = 1_000;
const WRITE_ROWS = 2_000;
const WRITE_BYTES = 8 * 2 ** 20;

/** Git's objects as rows. */
export class ObjectTable implements ObjectStore {
  readonly #database: Database;
  readonly #storage: string;

  constructor(database: Database, storage: string) {
    this.#database = database;
    this.#storage = storage;
  }

  async read(oids: readonly Oid[], signal?: AbortSignal): Promise<ReadonlyMap<Oid, GitObject>> {
    signal?.throwIfAborted();
    const found = new Map<Oid, GitObject>();
    const deadline = performance.now() + WHOLE_MS;
    for (let from = 0; from < oids.length; from += READ_ROWS) {
      const packed = packOids(oids.slice(from, from + READ_ROWS));
      const rows = await this.#database.query(
        `select encode(oid, 'hex') as oid, type, bytes from ${this.#database.schema}.objects
         where storage = $1 and oid in (select substring($2::bytea from at for 20) from generate_series(1, length($2::bytea), 20) as at)`,
        [this.#storage, packed],
        { deadlineMs: deadline - performance.now(), signal },
      );
      for (const row of rows) {
        const object = { oid: row.oid as Oid, type: row.type as GitObjectType, bytes: row.bytes as Buffer };
        found.set(object.oid, object);
      }
    }
    return found;
  }

  async write(objects: readonly GitObject[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const deadline = performance.now() + WHOLE_MS;
    // One statement must not name a row twice.
    const unique = [...new Map(objects.map((object) => [object.oid, object])).values()];
    for (const batch of batches(unique)) await this.#writeBatch(batch, deadline - performance.now(), signal);
  }

  /** All contents travel as one binary value; as an array of texts they would be twice as long. */
  async #writeBatch(batch: readonly GitObject[], deadlineMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (deadlineMs <= 0) throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", "the database is too slow for this write");
    const lengths = batch.map((object) => object.bytes.byteLength);
    let end = 1;
    const starts = lengths.map((length) => {
      const start = end;
      end += length;
      return start;
    });
    const { schema } = this.#database;
    await this.#database.query(
      `insert into ${schema}.objects (storage, oid, type, bytes)
       select $1, substring($2::bytea from (20 * n - 19)::integer for 20), type, substring($4::bytea from start for length)
       from unnest($3::text[], $5::integer[], $6::integer[]) with ordinality as added (type, start, length, n)
       order by 2
       on conflict (storage, oid) do update set written_at = clock_timestamp()`,
      [
        this.#storage,
        packOids(batch.map((object) => object.oid)),
        batch.map((object) => object.type),
        Buffer.concat(batch.map((object) => object.bytes)),
        starts,
        lengths,
      ],
      { deadlineMs, signal },
    );
  }
}

/** Many ids as one binary value of 20 bytes each. */
export function packOids(oids: readonly Oid[]): Buffer {
  return Buffer.from(oids.join(""), "hex");
}

function* batches(objects: readonly GitObject[]): Generator<readonly GitObject[]> {
  let batch: GitObject[] = [];
  let size = 0;
  for (const object of objects) {
    if (batch.length > 0 && (batch.length === WRITE_ROWS || size + object.bytes.byteLength > WRITE_BYTES)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(object);
    size += object.bytes.byteLength;
  }
  if (batch.length > 0) yield batch;
}
