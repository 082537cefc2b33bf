import type { Oid, ShallowList } from "@vexil/plugin-api";
import type { Database } from "./database.js";
import { packOids } from "./object-table.js";

const UNPACKED =
  "select distinct substring($2::bytea from at for 20) from generate_series(1, length($2::bytea), 20) as at";

/** The commits whose parents are not stored, as rows. */
export class ShallowTable implements ShallowList {
  readonly #database: Database;
  readonly #storage: string;

  constructor(database: Database, storage: string) {
    this.#database = database;
    this.#storage = storage;
  }

  async read(): Promise<ReadonlySet<Oid>> {
    const rows = await this.#database.query(
      `select encode(oid, 'hex') as oid from ${this.#database.schema}.shallow where storage = $1`,
      [this.#storage],
    );
    return new Set(rows.map((row) => row.oid as Oid));
  }

  async update(add: readonly Oid[], remove: readonly Oid[]): Promise<void> {
    if (add.length === 0 && remove.length === 0) return;
    const { schema } = this.#database;
    // One statement, so that nobody sees the half of it.
    await this.#database.query(
      `with removed as (
         delete from ${schema}.shallow where storage = $1 and oid in (${UNPACKED.replaceAll("$2", "$3")})
       )
       insert into ${schema}.shallow (storage, oid) select $1, * from (${UNPACKED}) as added
       on conflict do nothing`,
      [this.#storage, packOids(add), packOids(remove.filter((oid) => !add.includes(oid)))],
    );
  }
}
