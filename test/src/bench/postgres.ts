import pg from "pg";
import { type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { type PostgresServer, postgresServer } from "../helpers/databases/postgres-server.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { type GitHttpServer, startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { featuresFile, generatedFiles } from "./generated-flags.js";
import { type BenchRow, compare } from "./row.js";
import { startServer } from "./server-process.js";

const WRITES = 200;
const SECONDS = 8;
const WRITERS = 8;
const INTERVALS = 15;
const DAEMONS = 10;
const ROUNDS = 5;
const NAMES = ["n0", "n1", "n2"] as const;

interface Shared {
  readonly server: PostgresServer;
  readonly daemons: readonly RunningDaemon[];
}

/** Daemons on one database, all of them processes, which serve the namespaces n0, n1 and n2 of 50 flags each. */
async function startShared(scope: Scope, count: number): Promise<Shared> {
  const server = await postgresServer(scope);
  const config = {
    storage: { default: { backend: { type: "postgres", url: server.url() } } },
    log: { level: "info" },
  };
  const first = await startDaemon(scope, { config });
  for (const key of NAMES) {
    await expectOk(first.post("/api/v2/environments/default/namespaces", { key, name: key }));
    await expectOk(put(first, key, 0, "first", "POST"));
  }
  const others = await Promise.all(Array.from({ length: count - 1 }, () => startDaemon(scope, { config })));
  return { server, daemons: [first, ...others] };
}

function put(daemon: RunningDaemon, namespace: string, flag: number, name: string, method = "PUT") {
  const key = `flag-${flag}`;
  const payload = { "@type": "flipt.core.Flag", key, name, type: "BOOLEAN_FLAG_TYPE", enabled: true };
  return daemon.call(method, `/api/v2/environments/default/namespaces/${namespace}/resources`, { key, payload });
}

async function expectOk(answer: ReturnType<RunningDaemon["call"]>): Promise<void> {
  const { status, body } = await answer;
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
}

/** How long after its acknowledgement a write is served by another daemon of the same database. */
export async function benchServedElsewhere(scope: Scope): Promise<readonly BenchRow[]> {
  const { server, daemons } = await startShared(scope, 3);
  const bare = await startServer(scope, "bare-listener");
  await server.sql("postgres", "create table bare as select 'none' as name");
  await bare.ask({ database: server.url() });
  const client = new pg.Client(server.url());
  await client.connect();
  scope.teardown(() => client.end());
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let count = 0; count < WRITES; count += 1) {
    const [writer, other] = [daemons[count % 3], daemons[(count + 1) % 3]] as [RunningDaemon, RunningDaemon];
    const name = `Name ${count}`;
    await expectOk(put(writer, "n0", 0, name));
    ours.push(await untilServed(`${other.url}/api/v1/namespaces/n0/flags`, name));
    await client.query(`with changed as (update bare set name = '${name}') select pg_notify('bare', '')`);
    theirs.push(await untilServed(bare.url, name));
  }
  const row = (what: string, share: number): BenchRow => ({
    measure: `acknowledged by one daemon to served by another, ${what} of ${WRITES}`,
    goal: "≤ 100 ms",
    figure: `${percentile(ours, share).toFixed(1)} ms`,
    reference: `${percentile(theirs, share).toFixed(1)} ms (a bare listener with five questions)`,
    ratio: percentile(ours, share) / 100,
  });
  return [row("p50", 0.5), row("p99", 0.99)];
}

/** Milliseconds from now until the first flag has this name. */
async function untilServed(url: string, name: string): Promise<number> {
  const started = performance.now();
  for (;;) {
    const { flags } = (await (await fetch(url)).json()) as { readonly flags: readonly { readonly name: string }[] };
    const took = performance.now() - started;
    if (flags[0]?.name === name) return took;
    if (took > 30_000) throw new Error(`${url} does not serve ${name}`);
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

/** Acknowledged writes, all to one branch: each daemon to a file of its own, and all of them to one file. */
export async function benchSharedWrites(scope: Scope): Promise<readonly BenchRow[]> {
  const { daemons } = await startShared(scope, 3);
  for (let flag = 1; flag < WRITERS * 3; flag += 1) {
    await expectOk(put(daemons[0] as RunningDaemon, "n0", flag, "first", "POST"));
  }
  // The code is warm then, as in a daemon that has run for a while.
  await writesPerSecond(daemons, () => "n0");
  const row = async (what: string, namespace: (daemon: number) => string): Promise<BenchRow> => {
    const one = await writesPerSecond(daemons.slice(0, 1), namespace);
    const three = await writesPerSecond(daemons, namespace);
    return {
      measure: `acknowledged writes/s by 3 daemons on one database, ${WRITERS} writers each, ${what}`,
      goal: "≥ 150/s",
      figure: `${three.rate.toFixed(0)}/s, ${three.refused} refused`,
      reference: `${one.rate.toFixed(0)}/s (1 daemon)`,
      ratio: 150 / three.rate,
    };
  };
  return [
    await row("a file for each daemon", (daemon) => NAMES[daemon] ?? "n0"),
    await row("distinct flags of one file", () => "n0"),
  ];
}

async function writesPerSecond(
  daemons: readonly RunningDaemon[],
  namespace: (daemon: number) => string,
): Promise<{ readonly rate: number; readonly refused: number }> {
  const started = performance.now();
  const until = started + SECONDS * 1000;
  let done = 0;
  let refused = 0;
  const write = async (daemon: number, writer: number): Promise<void> => {
    const key = namespace(daemon);
    const flag = key === "n0" ? daemon * WRITERS + writer : 0;
    while (performance.now() < until) {
      const { status } = await put(daemons[daemon] as RunningDaemon, key, flag, `Name ${done}`);
      if (status === 200) done += 1;
      else refused += 1;
    }
  };
  await Promise.all(
    daemons.flatMap((_, daemon) => Array.from({ length: WRITERS }, (__, writer) => write(daemon, writer))),
  );
  return { rate: (done * 1000) / (performance.now() - started), refused };
}

interface Polled {
  readonly repository: TemporaryRepository;
  readonly remote: GitHttpServer;
  readonly backend: object;
}

async function startRemote(scope: Scope, files: Readonly<Record<string, string>>): Promise<Polled> {
  const repository = await temporaryRepository(scope, { files });
  const remote = await startGitHttpServer(scope, repository.path);
  return { repository, remote, backend: { type: "postgres", url: (await postgresServer(scope)).url() } };
}

/** Measures the requests that ten daemons on one database make to the remote. */
export async function benchRemoteRequests(scope: Scope): Promise<readonly BenchRow[]> {
  const { repository, remote, backend } = await startRemote(scope, { "n0/features.yaml": featuresFile("n0", 5) });
  const config = { storage: { default: { remote: remote.url, poll_interval: "1s", backend } } };
  for (let count = 0; count < DAEMONS; count += 1) {
    await (await (await inProcessDaemon(scope, config)).start()).settled;
  }
  const perInterval = async (what: string, each: () => Promise<unknown>): Promise<BenchRow> => {
    remote.requests.length = 0;
    for (let interval = 0; interval < INTERVALS; interval += 1) {
      await Promise.all([new Promise((resolve) => setTimeout(resolve, 1_000)), each()]);
    }
    const figure = remote.requests.length / INTERVALS;
    return {
      measure: `requests to the remote per interval, ${DAEMONS} daemons on one database, ${what}`,
      goal: "≤ 2",
      figure: figure.toFixed(2),
      reference: "2",
      ratio: figure / 2,
    };
  };
  let change = 0;
  return [
    await perInterval("nothing new", async () => undefined),
    await perInterval("a new commit in each", () => {
      change += 1;
      return repository.commit({ "n0/features.yaml": featuresFile("n0", 5 + (change % 3)) });
    }),
  ];
}

/** A daemon that finds its state in the database, beside one that keeps it in memory and fetches it. */
export async function benchFirstLoadFromDatabase(scope: Scope): Promise<readonly BenchRow[]> {
  const { remote, backend } = await startRemote(scope, Object.fromEntries(generatedFiles(10_000)));
  const load = async (kind: object): Promise<void> => {
    const storage = { remote: remote.url, poll_interval: "1h", backend: kind };
    const daemon = await inProcessDaemon(scope, { storage: { default: storage } });
    await (await daemon.start()).settled;
    await daemon.stop();
  };
  await load(backend);
  const row = {
    measure: "first load of 10,000 flags from the database",
    goal: "≤ 1.5×",
    against: "memory backend, fetched over HTTP",
  };
  return [
    await compare(
      row,
      ROUNDS,
      () => load(backend),
      () => load({ type: "memory" }),
    ),
  ];
}
