import test from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { type RedisServer, redisServer } from "../helpers/databases/redis-server.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const RESOURCES = "/api/v2/environments/default/namespaces/default/resources";

const backend = ({ port, password }: RedisServer): object => ({
  type: "redis",
  url: `redis://127.0.0.1:${port}`,
  password,
});

interface Answer {
  readonly status: number;
  readonly body: { readonly revision?: string; readonly message?: string };
}

const flag = (key: string, name: string): object => ({
  key,
  payload: { "@type": "flipt.core.Flag", key, name, type: "BOOLEAN_FLAG_TYPE", enabled: true },
});

const create = (daemon: RunningDaemon, key: string): Promise<Answer> => daemon.call("POST", RESOURCES, flag(key, key));

const put = (daemon: RunningDaemon, name: string, revision: string): Promise<Answer> =>
  daemon.call("PUT", RESOURCES, { ...flag("counter", name), revision });

const keysOf = async (daemon: RunningDaemon): Promise<readonly string[]> => {
  const { body } = await daemon.get("/api/v1/namespaces/default/flags?limit=1000");
  return (body.flags ?? []).map(({ key }: { readonly key: string }) => key);
};

const storageOf = async (daemon: RunningDaemon) => (await daemon.get("/api/status")).body.storages[0];

const becomes = (daemon: RunningDaemon, state: string): Promise<unknown> =>
  eventually(
    async () => (await storageOf(daemon)).state,
    (now) => now === state,
  );

test("two daemons write side by side while Redis and a daemon are killed: no acknowledged write is lost", async (t) => {
  t.timeout(180_000);
  const server = await redisServer(t, { durable: true });
  const config = { storage: { default: { backend: backend(server) } } };
  const [one, other] = await Promise.all([startDaemon(t, { config }), startDaemon(t, { config })]);
  const acknowledged: string[] = [];
  const statuses = new Set<number>();
  let isOver = false;
  const writer = async (daemon: RunningDaemon, name: string): Promise<void> => {
    for (let index = 0; !isOver; index += 1) {
      const key = `${name}-${index}`;
      const answer = await create(daemon, key).catch(() => undefined);
      if (answer === undefined) return;
      statuses.add(answer.status);
      if (answer.status === 200) acknowledged.push(key);
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const writers = [one, other].flatMap((daemon, at) => ["a", "b"].map((name) => writer(daemon, `${name}${at}`)));
  const more = async (count: number): Promise<void> => {
    const before = acknowledged.length;
    await eventually(
      async () => acknowledged.length,
      (now) => now >= before + count,
    );
  };
  await more(20);
  await server.kill();
  await eventually(
    async () => statuses.has(503),
    (was) => was,
  );
  await server.start();
  await more(20);
  await one.stop("SIGKILL");
  await more(10);
  isOver = true;
  await Promise.all(writers);
  t.deepEqual([...statuses].sort(), [200, 503]);

  const third = await startDaemon(t, { config });
  for (const daemon of [other, third]) {
    const served = new Set(await keysOf(daemon));
    t.deepEqual(
      acknowledged.filter((key) => !served.has(key)),
      [],
    );
  }

  // Decided on the same state, one wins and the other is told.
  t.is((await create(other, "counter")).status, 200);
  const { revision } = (await other.get(`${RESOURCES}/flipt.core.Flag/counter`)).body;
  await eventually(
    () => keysOf(third),
    (keys) => keys.includes("counter"),
  );
  const answers = await Promise.all([put(other, "mine", revision), put(third, "theirs", revision)]);
  t.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
});

test("Redis away at start is waited for; away later, the last good state is served, and it heals", async (t) => {
  t.timeout(180_000);
  const server = await redisServer(t, { durable: true });
  await server.kill();
  const daemon = await startDaemon(t, { config: { storage: { default: { backend: backend(server) } } } });
  const { lastError } = await eventually(
    () => storageOf(daemon),
    (one) => Boolean(one.lastError),
  );
  t.regex(lastError.message, /ECONNREFUSED/);
  t.is((await create(daemon, "early")).status, 503);
  await server.start();
  await becomes(daemon, "ready");
  t.is((await create(daemon, "kept")).status, 200);

  await server.kill();
  await becomes(daemon, "failed");
  t.is((await create(daemon, "refused")).status, 503);
  t.deepEqual(await keysOf(daemon), ["kept"]);
  await server.start();
  await becomes(daemon, "ready");

  server.freeze();
  t.is((await create(daemon, "frozen")).status, 503);
  t.deepEqual(await keysOf(daemon), ["kept"]);
  server.thaw();
  await becomes(daemon, "ready");
  t.is((await create(daemon, "after")).status, 200);
  t.deepEqual(await keysOf(daemon), ["after", "kept"], "what was refused does not appear");
  t.false(`${JSON.stringify(daemon.lines)}${daemon.stderr()}`.includes(server.password));
});

test("a Redis that was emptied fails the storage that has nothing else, and is filled again from a remote", async (t) => {
  t.timeout(180_000);
  const server = await redisServer(t);
  const remote = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const [alone, fetching] = await Promise.all([
    startDaemon(t, { config: { storage: { default: { backend: backend(server) } } } }),
    startDaemon(t, {
      config: {
        storage: { fetched: { remote: remote.path, poll_interval: "1s", backend: backend(server) } },
        environments: { default: { storage: "fetched", default: true } },
      },
    }),
  ]);
  t.is((await create(alone, "kept")).status, 200);
  const before = await keysOf(fetching);
  t.true(before.length > 0);
  await server.command("FLUSHALL");
  await becomes(alone, "failed");
  t.regex((await storageOf(alone)).lastError.message, /the keys \{vexil:default\}:\* are gone; put them back/);
  t.deepEqual(await keysOf(alone), ["kept"]);
  t.is((await create(alone, "refused")).status, 503);

  await fetching.line(({ event }) => event === "redis.data-replaced");
  await eventually(
    () => server.command("HLEN", "{vexil:fetched}:objects"),
    (count) => Number(count) > 0,
  );
  await becomes(fetching, "ready");
  t.deepEqual(await keysOf(fetching), before);
  const answer = await create(fetching, "after");
  t.is(answer.status, 200, JSON.stringify(answer.body));
});

test("a daemon whose password is wrong ends with code 1 and says why, never the password", async (t) => {
  const server = await redisServer(t);
  const wrong = { ...backend(server), password: "canary-wrong" };
  const daemon = await startDaemon(t, { config: { storage: { default: { backend: wrong } } }, start: "any" });
  t.is(await daemon.exited, 1);
  const failed = daemon.lines.filter(({ level }) => level === "fatal" || level === "error");
  t.is(failed.length, 1);
  t.regex(String(failed[0]?.reason), /create failed: Redis at .*: WRONGPASS .*; check username and password/);
  t.false(`${JSON.stringify(daemon.lines)}${daemon.stderr()}`.includes("canary"));
});
