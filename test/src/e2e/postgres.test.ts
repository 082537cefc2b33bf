import test, { type ExecutionContext } from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { type PostgresServer, postgresServer } from "../helpers/databases/postgres-server.js";
import { disturbedLine } from "../helpers/network/disturbed-line.js";

const RESOURCES = "/api/v2/environments/default/namespaces/default/resources";
const COUNTER = `${RESOURCES}/flipt.core.Flag/counter`;

async function start(
  t: ExecutionContext,
  count: number,
): Promise<{ server: PostgresServer; daemons: RunningDaemon[] }> {
  const server = await postgresServer(t);
  const config = { storage: { default: { backend: { type: "postgres", url: server.url() } } } };
  const daemons = await Promise.all(Array.from({ length: count }, () => startDaemon(t, { config })));
  t.teardown(() => {
    const leaked = daemons.some((daemon) => JSON.stringify(daemon.lines).includes(server.password));
    if (leaked) throw new Error("a log line holds the password");
  });
  return { server, daemons };
}

interface Answer {
  readonly status: number;
  readonly body: { readonly revision?: string; readonly message?: string };
}

const flag = (value: string, revision?: string): object => ({
  key: "counter",
  ...(revision === undefined ? {} : { revision }),
  payload: { "@type": "flipt.core.Flag", key: "counter", name: value, type: "BOOLEAN_FLAG_TYPE", enabled: true },
});

const create = (daemon: RunningDaemon, value: string): Promise<Answer> => daemon.call("POST", RESOURCES, flag(value));

const put = (daemon: RunningDaemon, value: string, revision?: string): Promise<Answer> =>
  daemon.call("PUT", RESOURCES, flag(value, revision));

const read = async (daemon: RunningDaemon): Promise<{ readonly value: string; readonly revision: string }> => {
  const { body } = await daemon.get(COUNTER);
  return { value: String(body.resource?.payload?.name), revision: String(body.revision) };
};

const state = async (daemon: RunningDaemon): Promise<string> =>
  String((await daemon.get("/api/status")).body.storages[0].state);

test("three daemons on one database: one state, one revision, and no count is lost", async (t) => {
  t.timeout(120_000);
  const { daemons } = await start(t, 3);
  const [one] = daemons as [RunningDaemon];
  t.is((await create(one, "0")).status, 200);
  for (const daemon of daemons)
    await eventually(
      () => read(daemon),
      ({ value }) => value === "0",
    );

  const count = async (daemon: RunningDaemon): Promise<number> => {
    let acknowledged = 0;
    for (let round = 0; round < 15; round += 1) {
      const before = await read(daemon);
      const answer = await put(daemon, String(Number(before.value) + 1), before.revision);
      t.true([200, 409].includes(answer.status), JSON.stringify(answer.body));
      if (answer.status === 200) acknowledged += 1;
    }
    return acknowledged;
  };
  const counts = await Promise.all(daemons.map(count));
  const sum = counts.reduce((total, own) => total + own, 0);
  t.true(sum >= 15);
  for (const daemon of daemons)
    await eventually(
      () => read(daemon),
      ({ value }) => value === String(sum),
    );
  const revisions = await Promise.all(
    daemons.map(async (daemon) => String((await daemon.get("/api/status")).body.storages[0].revision)),
  );
  t.is(new Set(revisions).size, 1);

  // Acknowledged by one, it is served by the others at once.
  const times: number[] = [];
  const writes: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const written = daemons[round % 3] as RunningDaemon;
    const other = daemons[(round + 1) % 3] as RunningDaemon;
    const writtenAt = performance.now();
    t.is((await put(written, `round ${round}`)).status, 200);
    const acknowledgedAt = performance.now();
    writes.push(acknowledgedAt - writtenAt);
    await eventually(
      () => read(other),
      ({ value }) => value === `round ${round}`,
    );
    times.push(performance.now() - acknowledgedAt);
  }
  const [median, write] = [times, writes].map((of) => of.sort((a, b) => a - b)[10]) as [number, number];
  // Whoever hears of nothing looks every 10 s.
  t.true(median < Math.min(500 + 2 * write, 5_000), `median ${median} ms, of the writes ${write} ms`);
});

test("without its database a daemon serves on, refuses writes, and heals when it is back", async (t) => {
  t.timeout(120_000);
  const { server, daemons } = await start(t, 2);
  const [one, other] = daemons as [RunningDaemon, RunningDaemon];
  t.is((await create(one, "before")).status, 200);
  await eventually(
    () => read(other),
    ({ value }) => value === "before",
  );

  await server.stop();
  const stoppedAt = performance.now();
  const refused = await put(one, "while it was stopped");
  t.is(refused.status, 503, JSON.stringify(refused.body));
  t.true(performance.now() - stoppedAt < 5_000);
  t.is((await read(one)).value, "before");
  await eventually(
    () => state(one),
    (now) => now === "failed",
  );
  t.is((await daemons[0]!.get("/health")).status, 503);

  await server.start();
  const backAt = performance.now();
  for (const daemon of daemons)
    await eventually(
      () => state(daemon),
      (now) => now === "ready",
    );
  t.true(performance.now() - backAt < 6_000, `healed after ${performance.now() - backAt} ms`);
  t.is((await read(one)).value, "before");

  // Frozen: nothing is closed, nothing answers.
  await server.freeze();
  const frozenAt = performance.now();
  const hung = await put(one, "while it was frozen");
  t.is(hung.status, 503, JSON.stringify(hung.body));
  t.true(performance.now() - frozenAt < 15_000);
  t.is((await read(other)).value, "before");
  server.thaw();
  for (const daemon of daemons)
    await eventually(
      () => state(daemon),
      (now) => now === "ready",
    );
  for (const daemon of daemons) t.is((await read(daemon)).value, "before", "what was refused does not appear");
  t.is((await put(one, "after")).status, 200);
  await eventually(
    () => read(other),
    ({ value }) => value === "after",
  );
});

test("a daemon that waiting does not help to its database ends with code 1 and says why, never the password", async (t) => {
  t.timeout(240_000);
  const server = await postgresServer(t);
  await server.sql("postgres", `create role poor login password '${server.password}'`);
  const fails = async (url: string, reason: RegExp): Promise<void> => {
    const config = { storage: { default: { backend: { type: "postgres", url } } } };
    const daemon = await startDaemon(t, { config, start: "any" });
    t.is(await daemon.exited, 1, String(reason));
    const failed = daemon.lines.filter(({ level }) => level === "fatal" || level === "error");
    t.is(failed.length, 1);
    const named = /^plugin "postgres" \(@vexil\/backend-postgres, storage default\): create failed: PostgreSQL at /;
    t.regex(String(failed[0]?.reason), named);
    t.regex(String(failed[0]?.reason), reason);
    t.false(`${JSON.stringify(daemon.lines)}${daemon.stderr()}`.includes("canary"));
  };
  await fails(server.url({ password: "canary-wrong" }), /password authentication failed for user/);
  await fails(server.url({ database: "nowhere" }), /database "nowhere" does not exist/);
  await fails(server.url({ user: "poor" }), /permission denied for database postgres; grant what is missing/);
});

test("a database that is away at start is waited for: the storage is starting, and the others serve", async (t) => {
  t.timeout(180_000);
  const server = await postgresServer(t);
  const line = await disturbedLine(t, server.port);
  line.silence();
  await server.stop();
  const daemon = await startDaemon(t, {
    config: {
      storage: {
        gone: { backend: { type: "postgres", url: server.url() } },
        silent: { backend: { type: "postgres", url: server.url({ port: line.port }) } },
        calm: { backend: { type: "memory" } },
      },
      environments: {
        default: { storage: "gone", default: true },
        mute: { storage: "silent" },
        calm: { storage: "calm" },
      },
    },
  });
  const storage = async (id: string) =>
    (await daemon.get("/api/status")).body.storages.find((one: { readonly id: string }) => one.id === id);
  for (const [id, reason] of [
    ["gone", /ECONNREFUSED/],
    // The line ends a connection that it cannot hand on: whichever comes first.
    ["silent", /no answer within|timeout|terminated|ECONNRESET/],
  ] as const) {
    const { state: now, lastError } = await eventually(
      () => storage(id),
      (one) => one.lastError !== undefined && one.lastError !== null,
    );
    t.is(now, "starting");
    t.regex(lastError.message, reason);
    t.is((await daemon.line(({ event, storage: told }) => event === "open.failed" && told === id)).level, "warn");
  }
  t.is((await create(daemon, "too early")).status, 503);
  t.is((await daemon.get(COUNTER.replace("default", "calm"))).status, 404);
  t.is((await daemon.get("/api/v1/namespaces/default/flags", { "x-flipt-environment": "calm" })).status, 200);
  t.is((await daemon.get("/health/ready")).status, 503);
  daemon.child.kill("SIGHUP");
  await daemon.line(({ event }) => event === "config.reloaded");

  await server.start();
  await eventually(
    async () => (await storage("gone")).state,
    (now) => now === "ready",
  );
  t.is((await create(daemon, "in time")).status, 200);
  t.false(`${JSON.stringify(daemon.lines)}${daemon.stderr()}`.includes(server.password));
});
