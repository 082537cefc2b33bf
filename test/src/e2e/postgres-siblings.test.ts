import test, { type ExecutionContext } from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { type PostgresServer, postgresServer } from "../helpers/databases/postgres-server.js";

const RESOURCES = "/api/v2/environments/default/namespaces/default/resources";
const WRITES = 300;
/** Of each daemon, at once. */
const WRITERS = 8;

async function start(
  t: ExecutionContext,
): Promise<{ readonly server: PostgresServer; readonly daemons: readonly RunningDaemon[] }> {
  const server = await postgresServer(t);
  const storage = { default: { backend: { type: "postgres", url: server.url() } } };
  const config = { storage, log: { level: "info" } };
  return { server, daemons: await Promise.all([0, 1, 2].map(() => startDaemon(t, { config }))) };
}

const create = (daemon: RunningDaemon, key: string): ReturnType<RunningDaemon["call"]> =>
  daemon.post(RESOURCES, {
    key,
    payload: { "@type": "flipt.core.Flag", key, name: key, type: "BOOLEAN_FLAG_TYPE", enabled: true },
  });

async function flags(daemon: RunningDaemon): Promise<readonly string[]> {
  const { body } = await daemon.get("/api/v1/namespaces/default/flags?limit=1000");
  return body.flags.map(({ key }: { readonly key: string }) => key);
}

test("writers of three daemons on one database, all in one file, are all acknowledged, and nothing is lost", async (t) => {
  t.timeout(180_000);
  const { daemons } = await start(t);
  const keys = Array.from({ length: WRITES }, (_, index) => `flag-${String(index).padStart(3, "0")}`);
  const answers = new Map<number, number>();
  let next = 0;
  const started = performance.now();
  await Promise.all(
    daemons.flatMap((daemon) =>
      Array.from({ length: WRITERS }, async () => {
        for (let key = keys[next++]; key !== undefined; key = keys[next++]) {
          const { status } = await create(daemon, key);
          answers.set(status, (answers.get(status) ?? 0) + 1);
        }
      }),
    ),
  );
  t.log(`${Math.round((WRITES * 1000) / (performance.now() - started))} writes/s`);
  t.deepEqual([...answers], [[200, WRITES]]);
  for (const daemon of daemons) {
    const served = await eventually(
      () => flags(daemon),
      (now) => now.length === WRITES,
    );
    t.deepEqual([...served].sort(), keys);
  }
});

test("when the database stops every daemon says so at once, and serves what it has", async (t) => {
  t.timeout(120_000);
  const { server, daemons } = await start(t);
  t.is((await create(daemons[0] as RunningDaemon, "kept")).status, 200);
  for (const daemon of daemons) {
    await eventually(
      () => flags(daemon),
      (now) => now.length === 1,
    );
  }
  const stoppedAt = Date.now();
  await server.stop();
  for (const daemon of daemons) {
    const told = await daemon.line(({ event }) => event === "storage.failed");
    // 2 s are promised; what is more is for a crowded machine. Without being told a daemon looks every 10 s.
    const after = new Date(String(told.time)).getTime() - stoppedAt;
    t.log(`${after} ms`);
    t.true(after < 4_000, `${after} ms`);
    t.is((await create(daemon, "refused")).status, 503);
    t.deepEqual(await flags(daemon), ["kept"]);
  }
});
