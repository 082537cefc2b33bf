import { eventually } from "../helpers/daemon/daemon.js";
import { postgresServer } from "../helpers/databases/postgres-server.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { DatabaseMirror } from "./database-mirror.js";
import { type PostgresDaemon, startPostgresDaemon } from "./postgres-daemon.js";
import { type PostgresArenaParts, PostgresRun } from "./postgres-run.js";
import { COUNTER, FLAG_FILES, makePostgresSchedule, namespaceOf } from "./postgres-schedule.js";
import { RemoteBranch } from "./remote-branch.js";
import type { DaemonName } from "./schedule.js";
import { servedRevision } from "./tested-daemon.js";

export interface PostgresArenaOptions {
  /** With a remote, on which native git writes, too; else the database is all there is. */
  readonly remote: boolean;
  readonly seeds: readonly number[];
}

/** Three daemons on one database, perhaps with a remote beside it, which run one schedule after the other. */
export class PostgresArena {
  readonly #parts: PostgresArenaParts;
  readonly #options: PostgresArenaOptions;

  private constructor(parts: PostgresArenaParts, options: PostgresArenaOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  static async open(scope: Scope, options: PostgresArenaOptions): Promise<PostgresArena> {
    const server = await postgresServer(scope);
    const database = await server.newDatabase();
    const repository = await temporaryRepository(scope, { files: filesOf(options.seeds) });
    const branch = new RemoteBranch(repository);
    await branch.prepare();
    const backend = { type: "postgres", url: server.url({ database }) };
    const remote = options.remote ? (await startGitHttpServer(scope, repository.path)).url : undefined;
    const storage = { backend, ...(remote !== undefined && { remote, poll_interval: "1s" }) };
    const start = (): Promise<PostgresDaemon> => startPostgresDaemon(scope, { storage: { default: storage } });
    const first = await start();
    let mirror: DatabaseMirror | undefined;
    if (remote === undefined) {
      mirror = new DatabaseMirror(server, database, repository);
      await mirror.fill("default");
    }
    const [second, third] = await Promise.all([start(), start()]);
    const daemons = new Map<DaemonName, PostgresDaemon>([
      ["a", first],
      ["b", second],
      ["c", third],
    ]);
    // Ready is ready with what there was at its start: the first one began with an empty database.
    const head = await branch.head();
    await Promise.all(
      [...daemons.values()].map((daemon) =>
        eventually(
          () => servedRevision(daemon),
          (at) => at === head,
        ),
      ),
    );
    return new PostgresArena({ server, database, daemons, branch, mirror }, options);
  }

  /** Runs the schedule of a seed and says what did not hold. */
  run(seed: number): Promise<readonly string[]> {
    return new PostgresRun(makePostgresSchedule(seed, this.#options), this.#parts).run();
  }
}

function filesOf(seeds: readonly number[]): Readonly<Record<string, string>> {
  const item = (key: string, name: string): string =>
    `  # about ${key}\n  - key: ${key}\n    name: ${name} # of ${key}\n`;
  const files: Record<string, string> = {};
  for (const seed of seeds) {
    for (let file = 0; file <= FLAG_FILES; file += 1) {
      const namespace = namespaceOf(seed, file);
      const items = file === COUNTER.file ? item("x", "n0") : item("x", "first") + item("y", "first");
      files[`${namespace}/features.yaml`] = `namespace: ${namespace}\nflags:\n${items}`;
    }
  }
  return files;
}
