import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import type { PostgresServer } from "../helpers/databases/postgres-server.js";
import { nativeGit, nativeGitBytes } from "../helpers/repositories/native-git.js";
import type { TemporaryRepository } from "../helpers/repositories/temporary-repository.js";

const deflated = promisify(deflate);
const MAIN = "refs/heads/main";

/**
 * Content of a database as a repository that native git can judge. The database itself notes every head that the
 * branch ever had, so that one which stood for a moment only is seen, too.
 */
export class DatabaseMirror {
  readonly #server: PostgresServer;
  readonly #database: string;
  readonly #repository: TemporaryRepository;
  readonly #copied = new Set<string>();

  constructor(server: PostgresServer, database: string, repository: TemporaryRepository) {
    this.#server = server;
    this.#database = database;
    this.#repository = repository;
  }

  /**
   * Puts the repository's branch into the database, whose tables have been made, and begins to note heads. The branch
   * is moved as a daemon moves it, so that those which serve already hear of it.
   */
  async fill(storage: string): Promise<void> {
    const { path } = this.#repository;
    const listed = await nativeGit(["-C", path, "cat-file", "--batch-all-objects", "--batch-check"]);
    for (const line of listed.split("\n")) {
      const [oid = "", type = ""] = line.split(" ");
      const bytes = await nativeGitBytes(["-C", path, "cat-file", type, oid]);
      await this.#sql("insert into vexil.objects (storage, oid, type, bytes) values ($1, $2, $3, $4)", [
        storage,
        Buffer.from(oid, "hex"),
        type,
        bytes,
      ]);
    }
    const head = Buffer.from((await this.#repository.head()) ?? "", "hex");
    const [first] = await this.#sql("select oid from vexil.refs where storage = $1 and name = $2", [storage, MAIN]);
    await this.#sql(
      `select vexil.compare_and_swap($1, gen_random_uuid(), array[$2], array[$3::bytea], array[$4::bytea],
        clock_timestamp() + interval '1 minute', 'mirror')`,
      [storage, MAIN, first?.oid ?? null, head],
    );
    await this.#sql("create table seen_heads (n bigserial, old bytea, new bytea)");
    await this.#sql(`create function note_head() returns trigger language plpgsql as $body$ begin
      insert into public.seen_heads (old, new) values (old.oid, new.oid); return new; end $body$`);
    await this.#sql(`create trigger note_head after update on vexil.refs for each row
      when (new.name = '${MAIN}') execute function note_head()`);
  }

  /** Forgets what was seen so far: it belongs to an earlier schedule. */
  async forget(): Promise<void> {
    await this.#sql("delete from seen_heads");
  }

  /** Brings the repository to what the database holds. Its reflog tells every head. */
  async copy(): Promise<void> {
    const { path, git } = this.#repository;
    const rows = await this.#sql("select encode(oid, 'hex') as oid, type, bytes from vexil.objects");
    for (const { oid, type, bytes } of rows as { oid: string; type: string; bytes: Buffer }[]) {
      if (this.#copied.has(oid)) continue;
      this.#copied.add(oid);
      const file = join(path, "objects", oid.slice(0, 2), oid.slice(2));
      await mkdir(dirname(file), { recursive: true });
      const header = Buffer.from(`${type} ${bytes.length}\0`);
      await writeFile(file, await deflated(Buffer.concat([header, bytes])));
    }
    const seen = await this.#sql(
      "select encode(old, 'hex') as old, encode(new, 'hex') as new from seen_heads order by n",
    );
    const [head] = await this.#sql("select encode(oid, 'hex') as oid from vexil.refs where name = $1", [MAIN]);
    await git("update-ref", MAIN, String(head?.oid));
    const lines = seen.map((row) => `${String(row.old)} ${String(row.new)} Ada <ada@example.com> 0 +0000\tswap\n`);
    const log = join(path, "logs", MAIN);
    await mkdir(dirname(log), { recursive: true });
    await writeFile(log, lines.join(""));
  }

  #sql(text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    return this.#server.sql(this.#database, text, values);
  }
}
