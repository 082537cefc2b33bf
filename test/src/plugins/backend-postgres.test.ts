import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadPlugins } from "@vexil/engine/plugins/plugin-registry";
import type { Backend, Lease } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { history, RecordingLogger, uniqueBlob } from "@vexil/plugin-api/testing";
import anyTest, { type ExecutionContext, type TestFn } from "ava";
import { type PostgresServer, postgresServer } from "../helpers/databases/postgres-server.js";
import { transactionPooler } from "../helpers/databases/transaction-pooler.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { disturbedLine } from "../helpers/network/disturbed-line.js";
import { pluginConfig, storageConfig } from "../helpers/plugins/plugin-config.js";

const test = anyTest as TestFn<{ readonly server: PostgresServer }>;
const undo: (() => unknown)[] = [];
let shared: PostgresServer | undefined;

test.before("start PostgreSQL", async () => {
  shared = await postgresServer({ teardown: (one) => undo.push(one) });
});

test.after.always("stop PostgreSQL", async () => {
  for (const one of undo.reverse()) await one();
});

interface Started {
  readonly server: PostgresServer;
  readonly database: string;
  readonly logger: RecordingLogger;
  /** A daemon's way to a backend: loaded, validated, created, guarded. */
  readonly open: (settings?: object) => Promise<Backend>;
}

async function start(t: ExecutionContext<unknown>): Promise<Started> {
  const server = shared as PostgresServer;
  const database = await server.newDatabase();
  const logger = new RecordingLogger();
  const open = async (settings: object = {}): Promise<Backend> => {
    const storage = storageConfig("postgres", { url: server.url({ database }), ...settings });
    const config = pluginConfig(process.cwd(), [storage]);
    const registry = await loadPlugins(config, logger);
    t.teardown(() => registry.close());
    return registry.createBackend(storage, config);
  };
  t.teardown(() => {
    if (logger.text().includes(server.password)) throw new Error("a log line holds the password");
  });
  return { server, database, logger, open };
}

async function failure(t: ExecutionContext<unknown>, work: Promise<unknown>): Promise<VexilError> {
  const error: unknown = await work.then(
    () => t.fail("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!VexilError.is(error)) throw error;
  t.false(error.message.includes((shared as PostgresServer).password), "no password");
  t.true(error.message.length < 700 && !error.message.includes("\n"), "one short line");
  return error;
}

const REF = "refs/heads/main";
const never = (): AbortSignal => new AbortController().signal;

/** Writes a commit and moves the ref to it. */
async function commit(backend: Backend, ref = REF): Promise<string> {
  const { objects, commits } = history(1);
  const oid = commits[0]?.oid ?? "";
  await backend.objects.write(objects);
  const old = (await backend.refs.list(ref)).get(ref);
  if (!(await backend.refs.compareAndSwap([{ ref, old, new: oid, reason: "test" }]))) throw new Error("lost the race");
  return oid;
}

/** Resolves with how long it took until the condition held; rejects after the deadline. */
async function until(deadlineMs: number, condition: () => boolean | Promise<boolean>): Promise<number> {
  const started = performance.now();
  for (;;) {
    if (await condition()) return performance.now() - started;
    if (performance.now() - started > deadlineMs) throw new Error(`it did not come within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Counts hints; `next` resolves with the first one after it was called. */
function watched(
  t: ExecutionContext<unknown>,
  backend: Backend,
): { readonly next: () => Promise<void>; count(): number } {
  const controller = new AbortController();
  t.teardown(() => controller.abort());
  let hints = 0;
  let wake: () => void = () => {};
  backend.watch?.(() => {
    hints += 1;
    wake();
  }, controller.signal);
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  return { next, count: () => hints };
}

const silent = async (work: Promise<unknown>): Promise<"settled" | "waiting"> =>
  Promise.race([work.then(() => "settled" as const), new Promise<"waiting">((r) => setTimeout(r, 300, "waiting"))]);

test("concurrent first starts all succeed, and make one schema", async (t) => {
  const { open, server, database } = await start(t);
  const backends = await Promise.all(Array.from({ length: 8 }, () => open()));
  await commit(backends[0] as Backend);
  for (const backend of backends) t.is((await backend.refs.list("")).size, 1);
  t.is((await server.sql(database, "select * from vexil.layout")).length, 1);
});

test("after the first start USAGE and DML are enough, and no DDL is run", async (t) => {
  const { open, server, database } = await start(t);
  const first = await open();
  const tip = await commit(first);
  const role = `app_${database}`;
  await server.sql(database, `create role ${role} login password '${server.password}' nosuperuser`);
  await server.sql(database, `grant usage on schema vexil to ${role}`);
  await server.sql(database, `grant select, insert, update, delete on all tables in schema vexil to ${role}`);
  const restricted = await open({ url: server.url({ database, user: role }) });
  t.is((await restricted.refs.list("")).get(REF), tip);
  const next = await commit(restricted);
  const lease = await restricted.lease?.("poll", never());
  t.truthy(lease);
  await lease?.release();
  await restricted.prune?.({ roots: [], keepNewerThanMs: 0 });
  t.is((await first.refs.list("")).get(REF), next);
});

test("a schema that somebody made before is used, whoever owns the database", async (t) => {
  const { open, server, database } = await start(t);
  const role = `owner_${database}`;
  await server.sql(database, `create role ${role} login password '${server.password}'`);
  await server.sql(database, `create schema flags authorization ${role}`);
  const backend = await open({ url: server.url({ database, user: role }), schema: "flags" });
  await commit(backend);
  t.is((await server.sql(database, "select * from flags.refs")).length, 1);
});

test("what stops a first start is said in one line with plugin, package and reason, never the password", async (t) => {
  const { open, server, database } = await start(t);
  const role = `poor_${database}`;
  await server.sql(database, `create role ${role} login password '${server.password}'`);
  const line = await disturbedLine(t, server.port);
  line.silence();
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ url: server.url({ database, user: role }) }, /permission denied for database .*; grant what is missing: CREATE/],
    [
      { url: server.url({ database, password: "wrong-canary" }) },
      /password authentication failed for user "postgres"; check user/,
    ],
    [{ url: server.url({ database: "nowhere" }) }, /database "nowhere" does not exist; create the database/],
    [{ url: server.url({ database, port: 1 }) }, /ECONNREFUSED/],
    [{ url: server.url({ database, port: line.port }) }, /timeout|no answer within/],
    [{ url: "postgres://user@nowhere.invalid/x" }, /ENOTFOUND|EAI_AGAIN/],
    [{ url: "canary-no-url" }, /no URL of the form postgres/],
    [{ url: undefined, url_file: "/nonexistent/url" }, /ENOENT/],
  ];
  await Promise.all(
    cases.map(async ([settings, expected]) => {
      const started = performance.now();
      const error = await failure(t, open(settings));
      t.regex(error.message, expected);
      t.regex(error.message, /^plugin "postgres" \(@vexil\/backend-postgres, storage main\): create failed: /);
      t.false(/canary/.test(error.message));
      t.true(performance.now() - started < 12_000);
    }),
  );
});

test("settings that contradict each other, or that nobody knows, are refused with their path", async (t) => {
  const { open } = await start(t);
  const cases: readonly (readonly [object, string])[] = [
    [{ url_file: "x" }, "storage.main.backend.url_file"],
    [{ ca_cert_path: "x", ca_cert_bytes: "y" }, "storage.main.backend.ca_cert_bytes"],
    [{ cert_path: "x" }, "storage.main.backend.key_path"],
    [{ schema: "No-Schema" }, "storage.main.backend.schema"],
    [{ uri: "x" }, "storage.main.backend.uri: unknown key"],
  ];
  for (const [settings, path] of cases) t.true((await failure(t, open(settings))).message.includes(path), path);
});

test("a layout of another version is refused", async (t) => {
  const { open, server, database } = await start(t);
  await (await open()).close();
  await server.sql(database, "update vexil.layout set version = 7");
  t.regex((await failure(t, open())).message, /has layout 7, this plugin knows layout 1: upgrade Vexil/);
});

test("the URL may stand in a file, which is read again, and PG… variables fill in what is missing", async (t) => {
  const { server, database, open } = await start(t);
  const file = join(await temporaryDirectory(t), "url");
  const role = `rotating_${database}`;
  await server.sql(database, `create role ${role} superuser login password 'canary-one-1'`);
  await writeFile(file, `${server.url({ database, user: role, password: "canary-one-1" })}\n`);
  const backend = await open({ url: undefined, url_file: file });
  await commit(backend);
  await server.sql(database, `alter role ${role} password 'canary-two-2'`);
  await writeFile(file, server.url({ database, user: role, password: "canary-two-2" }));
  await server.sql(database, `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`);
  await until(60_000, () =>
    backend.refs.list("").then(
      (refs) => refs.size === 1,
      () => false,
    ),
  );
  const variables = {
    PGHOST: "127.0.0.1",
    PGPORT: String(server.port),
    PGUSER: role,
    PGPASSWORD: "canary-two-2",
    PGDATABASE: database,
  };
  Object.assign(process.env, variables);
  t.teardown(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
  });
  t.is((await (await open({ url: undefined })).refs.list("")).size, 1);
});

test("two storages of one schema do not see each other", async (t) => {
  const { open, server, database } = await start(t);
  const one = await open();
  await commit(one);
  const storage = storageConfig("postgres", { url: server.url({ database }) }, { id: "second" });
  const config = pluginConfig(process.cwd(), [storage]);
  const registry = await loadPlugins(config, new RecordingLogger());
  t.teardown(() => registry.close());
  t.is((await (await registry.createBackend(storage, config)).refs.list("")).size, 0);
});

test("a swap is heard of elsewhere at once, and not by the one who made it", async (t) => {
  const { open, logger } = await start(t);
  const [one, other] = [await open(), await open()];
  const [mine, theirs] = [watched(t, one), watched(t, other)];
  await Promise.all([mine.next(), theirs.next()]);
  // A connection that a crowded machine makes late is lost and made anew, which is a look of its own.
  const looks = mine.count();
  const times: number[] = [];
  const commits: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const heard = theirs.next();
    const began = performance.now();
    await commit(one);
    const started = performance.now();
    await heard;
    times.push(performance.now() - started);
    commits.push(started - began);
  }
  const [median, commitMs] = [times, commits].map((of) => of.sort((a, b) => a - b)[10]) as [number, number];
  // Where changes are polled, the line below says so.
  t.true(median < 100 + commitMs, `median ${median} ms, of the commits ${commitMs} ms`);
  t.is(mine.count(), looks, "nothing after the first look");
  t.false(logger.lines.some((line) => line.event === "postgres.notifications-missing"));
});

test("behind a pooler that swallows notifications one line says so, and changes are polled", async (t) => {
  const { open, server, database, logger } = await start(t);
  const direct = await open();
  const pooler = await transactionPooler(t, server, database);
  const pooled = await open({ url: server.url({ database, port: pooler.port }) });
  const watch = watched(t, pooled);
  const missing = (): number => logger.lines.filter((line) => line.event === "postgres.notifications-missing").length;
  await until(60_000, () => missing() === 1);
  for (let round = 0; round < 3; round += 1) {
    const heard = watch.next();
    const tip = await commit(round === 1 ? pooled : direct);
    if (round !== 1) {
      const started = performance.now();
      await heard;
      t.true(performance.now() - started < 2_500, "served elsewhere within 2.5 s");
    }
    t.is((await pooled.refs.list("")).get(REF), tip);
  }
  t.is(missing(), 1);
});

test("a state that is put back from a dump is noticed, and so is what comes after it", async (t) => {
  const { open, server, database } = await start(t);
  const [backend, other] = [await open(), await open()];
  const first = await commit(backend);
  const storages = await server.sql(database, "select storage, version from vexil.storages");
  for (let round = 0; round < 3; round += 1) await commit(backend);
  const watch = watched(t, other);
  await watch.next();
  await silent(watch.next());
  const noticed = watch.next();
  await server.sql(database, "update vexil.refs set oid = decode($1, 'hex')", [first]);
  await server.sql(database, "update vexil.storages set version = $1", [storages[0]?.version]);
  await noticed;
  t.is((await other.refs.list("")).get(REF), first);
  const heard = watch.next();
  const next = await commit(backend);
  await heard;
  t.is((await other.refs.list("")).get(REF), next);
});

test("a lease holds through a pooler, and passes on when it is released", async (t) => {
  const { open, server, database } = await start(t);
  const pooler = await transactionPooler(t, server, database);
  const url = server.url({ database, port: pooler.port });
  const [one, other] = [await open({ url }), await open({ url })];
  const lease = (await one.lease?.("poll", never())) as Lease;
  const until3 = performance.now() + 4_500;
  while (performance.now() < until3) {
    t.is(await other.lease?.("poll", never()), undefined);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  t.false(lease.lost.aborted, "it is renewed");
  await lease.release();
  const next = await other.lease?.("poll", never());
  t.truthy(next);
});

test("a holder that loses the database gives its lease up before anybody else gets it", async (t) => {
  const { open, server, database } = await start(t);
  const line = await disturbedLine(t, server.port);
  const holder = await open({ url: server.url({ database, port: line.port }) });
  const other = await open();
  const lease = (await holder.lease?.("poll", never())) as Lease;
  line.silence();
  const cutAt = performance.now();
  let lostAt = Number.POSITIVE_INFINITY;
  lease.lost.addEventListener("abort", () => {
    lostAt = performance.now();
  });
  await until(6_000, async () => (await other.lease?.("poll", never())) !== undefined);
  const takenAt = performance.now();
  t.true(lostAt < takenAt, `lost after ${lostAt - cutAt} ms, taken after ${takenAt - cutAt} ms`);
  t.true(takenAt - cutAt < 5_000);
  line.restore();
});

test("connections that the server ends are replaced without anybody noticing", async (t) => {
  const { open, server, database } = await start(t);
  const [backend, other] = [await open(), await open()];
  const watch = watched(t, backend);
  await watch.next();
  for (let round = 0; round < 3; round += 1) {
    const cut = watch.next();
    await server.sql(
      database,
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'vexil%'",
    );
    await commit(backend);
    await cut;
  }
  await until(60_000, async () => {
    const heard = watch.next();
    await commit(other);
    return (await silent(heard)) === "settled";
  });
  // One for each time that it was cut off, and those that were waited for.
  t.true(watch.count() > 4, String(watch.count()));
});

test("a session that goes dead without a word is noticed, and what it missed is caught up, within 15 s", async (t) => {
  const { open, server, database } = await start(t);
  const line = await disturbedLine(t, server.port);
  const backend = await open({ url: server.url({ database, port: line.port }) });
  const other = await open();
  const watch = watched(t, backend);
  await watch.next();
  // The self-probe and the first look are done when nothing comes for a moment.
  await silent(watch.next());
  line.silenceCurrent();
  const heard = watch.next();
  const tip = await commit(other);
  const started = performance.now();
  await heard;
  await until(60_000, () =>
    backend.refs.list("").then(
      (refs) => refs.get(REF) === tip,
      () => false,
    ),
  );
  t.true(performance.now() - started < 15_000, `${performance.now() - started} ms`);
});

test("an answer that is lost after the swap was made is found again: no false failure, no false success", async (t) => {
  const { open, server, database } = await start(t);
  const line = await disturbedLine(t, server.port);
  const backend = await open({ url: server.url({ database, port: line.port }) });
  const tip = await commit(backend);
  let cuts = 0;
  line.filterAnswers((chunk) => {
    if (!chunk.includes("compare_and_swap")) return chunk;
    cuts += 1;
    return cuts > 1 ? chunk : undefined;
  });
  const next = await commit(backend);
  t.is(cuts >= 1, true);
  line.filterAnswers(undefined);
  t.is((await backend.refs.list("")).get(REF), next);
  // The same against a ref that somebody else moved.
  const { oid } = uniqueBlob();
  cuts = 0;
  line.filterAnswers((chunk) => {
    if (!chunk.includes("VXDIF")) return chunk;
    cuts += 1;
    return cuts > 1 ? chunk : undefined;
  });
  t.false(await backend.refs.compareAndSwap([{ ref: REF, old: tip, new: oid, reason: "late" }]));
  t.true(cuts > 1);
});

test("a swap whose answer is lost succeeded, also when another daemon has built on it by the time it is asked again", async (t) => {
  const { open, server, database } = await start(t);
  const line = await disturbedLine(t, server.port);
  const backend = await open({ url: server.url({ database, port: line.port }) });
  const other = await open();
  const before = await commit(other);
  const [mine, theirs] = [uniqueBlob().oid, uniqueBlob().oid];
  let built: Promise<boolean> | undefined;
  const buildOnIt = async (): Promise<boolean> => {
    const done = await other.refs.compareAndSwap([{ ref: REF, old: mine, new: theirs, reason: "on top" }]);
    line.filterAnswers(undefined);
    line.restore();
    return done;
  };
  line.filterAnswers((chunk) => {
    if (!chunk.includes("compare_and_swap")) return chunk;
    line.silence();
    built = buildOnIt();
    return undefined;
  });
  t.true(await backend.refs.compareAndSwap([{ ref: REF, old: before, new: mine, reason: "answer lost" }]));
  t.true(await built);
  t.is((await backend.refs.list("")).get(REF), theirs);
});

test("a write whose answer is lost together with the database is refused, and does not appear later", async (t) => {
  const { open, server, database, logger } = await start(t);
  const line = await disturbedLine(t, server.port);
  const backend = await open({ url: server.url({ database, port: line.port }) });
  const other = await open();
  const tip = await commit(backend);
  line.filterAnswers((chunk) => {
    if (!chunk.includes("compare_and_swap")) return chunk;
    line.silence();
    return undefined;
  });
  const started = performance.now();
  await failure(t, commit(backend));
  t.true(performance.now() - started < 6_000);
  line.filterAnswers(undefined);
  line.restore();
  await until(60_000, () =>
    backend.refs.list("").then(
      (refs) => refs.get(REF) === tip,
      () => false,
    ),
  );
  t.is((await other.refs.list("")).get(REF), tip);
  t.true(logger.lines.some((one) => one.event === "postgres.write-undone"));
  const next = await commit(backend);
  t.is((await other.refs.list("")).get(REF), next, "and the storage goes on");
});

test("what must not stand is taken back by a daemon that is told to end", async (t) => {
  const { open, server, database } = await start(t);
  const line = await disturbedLine(t, server.port);
  const backend = await open({ url: server.url({ database, port: line.port }) });
  const other = await open();
  const tip = await commit(backend);
  line.filterAnswers((chunk) => {
    if (!chunk.includes("compare_and_swap")) return chunk;
    line.silence();
    return undefined;
  });
  await failure(t, commit(backend));
  line.filterAnswers(undefined);
  t.not((await other.refs.list("")).get(REF), tip);
  line.restore();
  await backend.close();
  t.is((await other.refs.list("")).get(REF), tip);
});

test("a statement that is tried again while the other connections are given up does not wait for one of them", async (t) => {
  const { open, server, database } = await start(t);
  const line = await disturbedLine(t, server.port);
  const backend = await open({ url: server.url({ database, port: line.port }) });
  const tip = await commit(backend);
  for (let round = 0; round < 5; round += 1) {
    // All connections are there, and idle.
    await Promise.all(Array.from({ length: 8 }, () => backend.refs.list("")));
    let cuts = 0;
    line.filterAnswers((chunk) => {
      cuts += 1;
      return cuts === 1 ? undefined : chunk;
    });
    const started = performance.now();
    t.is((await backend.refs.list("")).get(REF), tip);
    t.true(performance.now() - started < 3_000, `${performance.now() - started} ms`);
    line.filterAnswers(undefined);
  }
});

test("old objects that nothing reaches are pruned; reached, rewritten and young ones stay", async (t) => {
  const { open, server, database } = await start(t);
  const backend = await open();
  const tip = await commit(backend);
  const loose = Array.from({ length: 30 }, () => uniqueBlob());
  const [rewritten, ...rest] = loose;
  await backend.objects.write(loose);
  await server.sql(database, "update vexil.objects set written_at = now() - interval '2 hours'");
  await backend.objects.write([rewritten!]);
  const young = uniqueBlob();
  await backend.objects.write([young]);
  await backend.prune?.({ roots: [], keepNewerThanMs: 3_600_000 });
  t.is((await backend.objects.read(rest.map((one) => one.oid))).size, 0);
  t.is((await backend.objects.read([rewritten!.oid, young.oid, tip])).size, 3);
  t.is((await server.sql(database, "select * from vexil.objects")).length, 4 + 2);
});

test("what only the past of a shallow commit reaches is pruned", async (t) => {
  const { open, server, database } = await start(t);
  const backend = await open();
  const { objects, commits } = history(3);
  const tip = commits[2]!.oid;
  await backend.objects.write(objects);
  await backend.refs.compareAndSwap([{ ref: REF, old: undefined, new: tip, reason: "fetch" }]);
  await backend.shallow?.update([tip, commits[0]!.oid], []);
  await server.sql(database, "update vexil.objects set written_at = now() - interval '2 hours'");
  await backend.prune?.({ roots: [], keepNewerThanMs: 0 });
  t.is((await backend.objects.read(objects.slice(0, 8).map(({ oid }) => oid))).size, 0);
  t.is((await backend.objects.read(objects.slice(8).map(({ oid }) => oid))).size, 4);
  t.deepEqual(await backend.shallow?.read(), new Set([tip]));
});

test("objects of thousands of files are written and read within their deadlines", async (t) => {
  const { open } = await start(t);
  const backend = await open();
  const objects = Array.from({ length: 6_000 }, () => uniqueBlob(2_000));
  await backend.objects.write(objects);
  t.is((await backend.objects.read(objects.map((one) => one.oid))).size, 6_000);
});
