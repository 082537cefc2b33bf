import { VexilError } from "@vexil/plugin-api";
import pg from "pg";
import type { Database } from "./database.js";
import { databaseError } from "./database-error.js";
import type { Settings } from "./settings.js";

/** Layout of the tables; a daemon refuses a layout it does not know. */
const VERSION = 1;

/** undefined_table, invalid_schema_name: nothing is there yet. */
export const MISSING = new Set(["42P01", "3F000"]);

/**
 * Makes everything inside the schema, once: later starts find it and run no DDL.
 * @param options `make: false`: what is missing is left so
 */
export async function ensureSchema(
  database: Database,
  settings: Settings,
  { make }: { readonly make: boolean },
): Promise<void> {
  const found = await versionOf(database);
  if (found === undefined) {
    if (make) await create(database, settings);
  } else if (found !== VERSION) {
    const advice = found > VERSION ? "upgrade Vexil" : "see the plugin's README";
    const message = `the schema ${settings.schema} has layout ${found}, this plugin knows layout ${VERSION}: ${advice}`;
    throw new VexilError("VEXIL_UNAVAILABLE_REPOSITORY", message);
  }
}

async function versionOf(database: Database): Promise<number | undefined> {
  try {
    const [row] = await database.raw(`select version from ${database.schema}.layout`);
    return row?.version as number | undefined;
  } catch (error) {
    if (error instanceof pg.DatabaseError && MISSING.has(error.code ?? "")) return undefined;
    throw databaseError(error, database.display);
  }
}

async function create(database: Database, settings: Settings): Promise<void> {
  // One block is one transaction. The lock lets concurrent first starts wait for each other, and the second one find
  // all made; it goes with the transaction, so it also works through a pooler.
  await database.query(
    `do $vexil$ begin
      perform pg_advisory_xact_lock(hashtextextended('vexil ' || ${quoted(settings.schema)}, 0));
      if to_regclass(${quoted(`${database.schema}.layout`)}) is null then
        if not exists (select from pg_namespace where nspname = ${quoted(settings.schema)}) then
          create schema ${database.schema};
        end if;
        ${tables(database.schema)}
      end if;
    end $vexil$`,
    [],
    { deadlineMs: 9_000 },
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function tables(schema: string): string {
  return `
    create table ${schema}.layout (version integer not null);
    create table ${schema}.storages (
      storage text primary key,
      -- Goes up with every swap, so that one look shows whether anything moved.
      version bigint not null default 0
    );
    create table ${schema}.objects (
      storage text not null,
      oid bytea not null check (length(oid) = 20),
      type text not null check (type in ('blob', 'tree', 'commit', 'tag')),
      bytes bytea not null,
      written_at timestamptz not null default clock_timestamp(),
      primary key (storage, oid)
    );
    create index objects_by_age on ${schema}.objects (storage, written_at);
    create table ${schema}.refs (
      storage text not null,
      name text collate "C" not null,
      oid bytea not null check (length(oid) = 20),
      primary key (storage, name)
    );
    create table ${schema}.shallow (
      storage text not null,
      oid bytea not null check (length(oid) = 20),
      primary key (storage, oid)
    );
    -- Which swaps were made lately: one whose answer was lost is looked up here, wherever the refs are by then.
    create table ${schema}.swaps (
      storage text not null,
      id uuid not null,
      made_at timestamptz not null default clock_timestamp(),
      primary key (storage, id)
    );
    create index swaps_by_age on ${schema}.swaps (storage, made_at);
    create table ${schema}.leases (
      storage text not null,
      name text not null,
      holder uuid not null,
      expires_at timestamptz not null,
      primary key (storage, name)
    );
    ${swapFunction(schema)}
    insert into ${schema}.layout values (${VERSION});`;
}

/**
 * All or none of the moves, in one statement: a statement is whole even when the one who sent it dies, and a pooler
 * keeps it on one connection. \`not_after\` keeps a statement that lay in a frozen server from acting once nobody waits
 * for it any more.
 */
function swapFunction(schema: string): string {
  return `
    create function ${schema}.compare_and_swap(
      storage_id text, swap_id uuid, names text[], olds bytea[], news bytea[], not_after timestamptz, sender text
    ) returns text language plpgsql as $body$
    declare
      now_at bigint;
    begin
      insert into ${schema}.storages (storage) values (storage_id) on conflict do nothing;
      -- One swap of a storage at a time; what follows sees all that came before.
      update ${schema}.storages set version = version + 1 where storage = storage_id returning version into now_at;
      -- Asked again because the answer was lost. What it did stays done, even if others have moved on from there.
      if exists (select from ${schema}.swaps where storage = storage_id and id = swap_id) then
        return 'swapped';
      end if;
      if clock_timestamp() > not_after then
        raise exception 'late' using errcode = 'VXLTE';
      end if;
      if exists (
        select from unnest(names, olds) as wanted (name, old)
        left join ${schema}.refs on refs.storage = storage_id and refs.name = wanted.name
        where refs.oid is distinct from wanted.old
      ) then
        raise exception 'differs' using errcode = 'VXDIF';
      end if;
      delete from ${schema}.refs using unnest(names, news) as wanted (name, new)
        where refs.storage = storage_id and refs.name = wanted.name and wanted.new is null;
      insert into ${schema}.refs (storage, name, oid)
        select storage_id, wanted.name, wanted.new from unnest(names, news) as wanted (name, new)
        where wanted.new is not null
        on conflict (storage, name) do update set oid = excluded.oid;
      delete from ${schema}.swaps where storage = storage_id and made_at < clock_timestamp() - interval '10 minutes';
      insert into ${schema}.swaps (storage, id) values (storage_id, swap_id);
      perform pg_notify(${quoted(channelOf(schema))}, storage_id || ' ' || sender || ' ' || now_at);
      return 'swapped';
    end $body$;`;
}

/** The notification channel of a schema. */
export function channelOf(schema: string): string {
  return `vexil_${schema.replaceAll('"', "")}`;
}
