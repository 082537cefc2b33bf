import type { Backend } from "@vexil/plugin-api";
import { history, uniqueBlob } from "@vexil/plugin-api/testing";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { disturbedLine } from "../helpers/network/disturbed-line.js";
import { commitTo, redisBackends, refOf } from "../helpers/plugins/redis-backends.js";

const REF = "refs/heads/main";
const REFS = "{vexil:main}:refs";

/** Hints that have come. */
function watched(t: ExecutionContext, backend: Backend): { readonly count: () => number } {
  const controller = new AbortController();
  t.teardown(() => controller.abort());
  let hints = 0;
  backend.watch?.(() => {
    hints += 1;
  }, controller.signal);
  return { count: () => hints };
}

const becomes = <T>(get: () => T | Promise<T>, expected: T): Promise<T> =>
  eventually(
    async () => get(),
    (now) => now === expected,
    60_000,
  );

test.serial("settings that contradict each other, or show a password, are refused with their path", async (t) => {
  const { refusal } = await redisBackends(t);
  const cases: readonly (readonly [object, string])[] = [
    [{ url: "redis://user:canary-in-url@127.0.0.1" }, "url: user and password do not stand in the URL"],
    [{ url: "canary-no-url" }, "url: it has the form redis://"],
    [{ url: "redis://127.0.0.1/one" }, "url: it has the form redis://"],
    [{ url: "redis://127.0.0.1/1", database: 2 }, "database: the URL names another database"],
    [{ url: "redis://127.0.0.1/1", cluster: true }, "database: a cluster has only database 0"],
    [{ url: "rediss://127.0.0.1", tls: false }, "tls: the URL asks for TLS"],
    [{ ca_cert_path: "x" }, "ca_cert_path: it needs TLS"],
    [{ tls: true, cert_path: "x" }, "key_path: please provide both"],
    [{ key_prefix: "a{b}" }, "key_prefix: a prefix has"],
    [{ uri: "x" }, "uri: unknown key"],
  ];
  for (const [settings, text] of cases) {
    const { message } = await refusal(settings);
    t.true(message.includes(`storage.main.backend.${text}`), `${text} in ${message}`);
  }
});

test.serial("what stops a first start is said in one line with the reason, never the password", async (t) => {
  const { refusal, server } = await redisBackends(t);
  const line = await disturbedLine(t, server.port);
  line.silence();
  await server.command("ACL", "SETUSER", "poor", "on", ">canary-poor", "~other:*", "+@all");
  const cases: readonly (readonly [object, RegExp, string])[] = [
    [{ password: "canary-wrong" }, /WRONGPASS .*; check username and password/, "REPOSITORY"],
    [{ password: undefined }, /NOAUTH .*; give a password/, "REPOSITORY"],
    [{ username: "poor", password: "canary-poor" }, /NOPERM .*; let the user read and write the keys/, "REPOSITORY"],
    [{ url: `redis://127.0.0.1:${server.port}/99` }, /DB index is out of range/, "STORAGE"],
    [{ url: "redis://127.0.0.1:1" }, /ECONNREFUSED/, "STORAGE"],
    [{ url: `redis://127.0.0.1:${line.port}` }, /no answer within|timeout/, "STORAGE"],
    [{ url: "redis://nowhere.invalid" }, /ENOTFOUND|EAI_AGAIN/, "STORAGE"],
  ];
  await Promise.all(
    cases.map(async ([settings, expected, kind]) => {
      const error = await refusal(settings);
      t.regex(error.message, expected);
      t.regex(error.message, /^plugin "redis" \(@vexil\/backend-redis, storage main\): create failed: Redis at /);
      t.is(`${error.code}`, `VEXIL_UNAVAILABLE_${kind}`, error.message);
    }),
  );
});

test.serial(
  "a server that throws keys away is refused, and one that might, or keeps nothing, is warned of",
  async (t) => {
    const { open, refusal, server, logger } = await redisBackends(t);
    const events = (): readonly string[] => logger.lines.map(({ event }) => event);
    await server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    await open();
    t.true(events().includes("redis.may-evict"));
    t.true(events().includes("redis.not-durable"));
    await server.command("CONFIG", "SET", "maxmemory", "100mb");
    const error = await refusal({});
    t.regex(error.message, /throws keys away when its memory is full \(allkeys-lru\): set maxmemory-policy noeviction/);
    t.is(error.code, "VEXIL_UNAVAILABLE_REPOSITORY");
  },
);

test.serial("a user with the rights of the README is enough", async (t) => {
  const { open, server } = await redisBackends(t);
  const rights = ["~{vexil:*}:*", "+@read", "+@write", "+@scripting", "+@connection", "+info", "+time"];
  await server.command("ACL", "SETUSER", "vexil", "on", ">canary-rights", ...rights);
  const backend = await open({ username: "vexil", password: "canary-rights" });
  const hints = watched(t, backend);
  const tip = await commitTo(backend);
  t.is(await refOf(backend), tip);
  await (await backend.lease?.("poll", new AbortController().signal))?.release();
  await backend.prune?.({ roots: [], keepNewerThanMs: 0 });
  await eventually(
    async () => hints.count(),
    (count) => count > 0,
  );
});

test.serial("a full memory refuses writes as such, keeps what is there, and is over when there is room", async (t) => {
  const { open, server } = await redisBackends(t);
  const backend = await open();
  const tip = await commitTo(backend);
  await server.command("CONFIG", "SET", "maxmemory", "1");
  for (const write of [() => commitTo(backend), () => backend.objects.write([uniqueBlob()])]) {
    const error = await t.throwsAsync(write());
    t.is((error as { code?: string }).code, "VEXIL_UNAVAILABLE_SPACE");
    t.regex(error?.message ?? "", /; raise maxmemory, or free some$/);
  }
  t.is(await refOf(backend), tip);
  await server.command("CONFIG", "SET", "maxmemory", "0");
  t.is(await commitTo(backend), (await refOf(backend)) ?? "");
});

test.serial("what others write to the keys is told by name, and forgotten once it is gone", async (t) => {
  const { open, refusal, server } = await redisBackends(t);
  const backend = await open();
  const tip = await commitTo(backend);
  const code = async (work: Promise<unknown>): Promise<string> => (await t.throwsAsync(work))?.message ?? "";

  await server.command("HSET", REFS, "refs/heads/x", "no id");
  t.regex(
    await code(backend.refs.list("")),
    /\{vexil:main\}:refs in Redis has a field that is no ref: "refs\/heads\/x"/,
  );
  t.regex((await refusal({})).message, /has a field that is no ref/);
  await server.command("HDEL", REFS, "refs/heads/x");
  t.is(await refOf(backend), tip);

  await server.command("RENAME", REFS, "kept");
  await server.command("SET", REFS, "garbage");
  t.regex(
    await code(backend.refs.list("")),
    /WRONGTYPE .*; something else wrote to a key that begins with \{vexil:main\}:/,
  );
  await server.command("RENAME", "kept", REFS);
  t.is(await refOf(backend), tip);

  const blob = uniqueBlob();
  await backend.objects.write([blob]);
  const write = `return redis.call("HSET", KEYS[1], redis.call("ZRANGE", KEYS[2], -1, -1)[1], ARGV[1])`;
  for (const garbage of ["", "b", "bgarbage", "x123"]) {
    await server.command("EVAL", write, "2", "{vexil:main}:objects", "{vexil:main}:ages", garbage);
    t.regex(await code(backend.objects.read([blob.oid])), /object [0-9a-f]{40} in Redis is damaged/);
  }
  // Writing it again mends it.
  await backend.objects.write([blob]);
  t.is((await backend.objects.read([blob.oid])).size, 1);

  for (const key of ["changes", "swaps"]) {
    const name = `{vexil:main}:${key}`;
    await server.command("DEL", name);
    await server.command("SET", name, "garbage");
    t.regex(await code(commitTo(backend)), /WRONGTYPE/);
    t.is(await refOf(backend), tip, `nothing is moved by halves where ${name} is something else`);
    await server.command("DEL", name);
  }
  // The last number of a stream: it takes none any more.
  await server.command("XADD", "{vexil:main}:changes", "18446744073709551615-18446744073709551615", "by", "x");
  await code(commitTo(backend));
  t.is(await refOf(backend), tip);
  await server.command("DEL", "{vexil:main}:changes");
  await commitTo(backend);
});

test.serial("two storages of one prefix, and two prefixes, do not see each other", async (t) => {
  const { open, server } = await redisBackends(t);
  await commitTo(await open());
  t.is((await (await open({}, { id: "second" })).refs.list("")).size, 0);
  t.is((await (await open({ key_prefix: "other" })).refs.list("")).size, 0);
  t.is((await (await open({ database: 3 })).refs.list("")).size, 0);
  t.is((await (await open()).refs.list("")).size, 1);
  t.regex(await server.command("KEYS", "*"), /\{other:main\}:meta/);
});

test.serial("a server that comes back empty is no storage without flags", async (t) => {
  const { open, server, logger } = await redisBackends(t);
  const backend = await open();
  await commitTo(backend);
  await server.command("FLUSHALL");
  const error = await t.throwsAsync(backend.refs.list(""));
  t.regex(
    error?.message ?? "",
    /the keys \{vexil:main\}:\* are gone; put them back from a backup, or start the daemon again/,
  );
  await t.throwsAsync(commitTo(backend), { message: /are gone/ });
  t.is(logger.lines.filter(({ event }) => event === "redis.data-lost").length, 1);
  // Another daemon begins anew: that is not what this one had.
  await commitTo(await open());
  await t.throwsAsync(backend.refs.list(""), { message: /were replaced by others/ });
});

test.serial("what was swapped while the connection was away is heard of when it is back", async (t) => {
  const { open, server } = await redisBackends(t);
  const line = await disturbedLine(t, server.port);
  const [backend, other] = [await open({ url: `redis://127.0.0.1:${line.port}` }), await open()];
  const hints = watched(t, backend);
  await eventually(
    async () => hints.count(),
    (count) => count > 0,
  );
  for (const trouble of ["cut", "silenceCurrent"] as const) {
    line[trouble]();
    const before = hints.count();
    const tip = await commitTo(other);
    await eventually(
      async () => hints.count(),
      (count) => count > before,
      60_000,
    );
    await becomes(() => refOf(backend).catch(() => undefined), tip);
  }
  const quiet = hints.count();
  await commitTo(backend);
  await commitTo(backend);
  const heard = await commitTo(other);
  await eventually(
    async () => hints.count(),
    (count) => count > quiet,
  );
  t.is(hints.count(), quiet + 1, "its own swaps are no news");
  t.is(await refOf(backend), heard);
});

test.serial(
  "an answer that is lost after the swap was made is found again: no false failure, no false success",
  async (t) => {
    const { open, server } = await redisBackends(t);
    const line = await disturbedLine(t, server.port);
    const backend = await open({ url: `redis://127.0.0.1:${line.port}` });
    const tip = await commitTo(backend);
    const answered = async (word: string, swap: () => Promise<boolean>): Promise<boolean> => {
      let cuts = 0;
      line.filterAnswers((chunk) => {
        if (!chunk.includes(word)) return chunk;
        cuts += 1;
        return cuts > 1 ? chunk : undefined;
      });
      const answer = await swap();
      line.filterAnswers(undefined);
      t.true(cuts > 1);
      return answer;
    };
    const next = uniqueBlob().oid;
    const swap = (old: string, to: string) => () =>
      backend.refs.compareAndSwap([{ ref: REF, old, new: to, reason: "test" }]);
    t.true(await answered("swapped", swap(tip, next)));
    t.is(await refOf(backend), next);
    t.false(await answered("differs", swap(tip, uniqueBlob().oid)));
  },
);

test.serial(
  "a write whose answer is lost together with the server is refused, and does not appear later",
  async (t) => {
    const { open, server, logger } = await redisBackends(t);
    const line = await disturbedLine(t, server.port);
    const backend = await open({ url: `redis://127.0.0.1:${line.port}` });
    const other = await open();
    const tip = await commitTo(backend);
    line.filterAnswers((chunk) => {
      if (!chunk.includes("swapped")) return chunk;
      line.silence();
      return undefined;
    });
    await t.throwsAsync(commitTo(backend));
    t.not(await refOf(other), tip, "the server made it");
    line.filterAnswers(undefined);
    line.restore();
    await becomes(() => refOf(backend).catch(() => undefined), tip);
    t.is(await refOf(other), tip);
    t.true(logger.lines.some(({ event }) => event === "redis.write-undone"));
    const next = await commitTo(backend);
    t.is(await refOf(other), next, "and the storage goes on");
  },
);

test.serial("a swap that lay in a frozen server is not made once nobody waits for it", async (t) => {
  const { open, server } = await redisBackends(t);
  const backend = await open();
  const tip = await commitTo(backend);
  server.freeze();
  await t.throwsAsync(backend.refs.compareAndSwap([{ ref: REF, old: tip, new: uniqueBlob().oid, reason: "frozen" }]));
  server.thaw();
  await becomes(() => refOf(backend).catch(() => undefined), tip);
});

test.serial("old objects that nothing reaches are pruned; reached, rewritten and young ones stay", async (t) => {
  const { open, server } = await redisBackends(t);
  const backend = await open();
  const { objects, commits } = history(3);
  const tip = commits[2]!.oid;
  await backend.objects.write(objects);
  await backend.refs.compareAndSwap([{ ref: REF, old: undefined, new: tip, reason: "fetch" }]);
  await backend.shallow?.update([tip, commits[0]!.oid], []);
  const loose = Array.from({ length: 2_500 }, () => uniqueBlob());
  const [rewritten, ...rest] = loose;
  await backend.objects.write(loose);
  const age = `for _, id in ipairs(redis.call("ZRANGE", KEYS[1], 0, -1)) do redis.call("ZADD", KEYS[1], 1, id) end`;
  await server.command("EVAL", age, "1", "{vexil:main}:ages");
  const young = uniqueBlob();
  await backend.objects.write([rewritten!, young]);
  await backend.prune?.({ roots: [], keepNewerThanMs: 3_600_000 });
  t.is((await backend.objects.read(rest.map(({ oid }) => oid))).size, 0);
  t.is((await backend.objects.read([rewritten!.oid, young.oid])).size, 2);
  // The past of a shallow commit does not count.
  t.is((await backend.objects.read(objects.slice(8).map(({ oid }) => oid))).size, 4);
  t.is((await backend.objects.read(objects.slice(0, 8).map(({ oid }) => oid))).size, 0);
  t.deepEqual(await backend.shallow?.read(), new Set([tip]));
  t.is(await server.command("HLEN", "{vexil:main}:objects"), String(4 + 2));
});

test.serial(
  "a node of a cluster is refused with what to set, and then works with all of its keys in one slot",
  async (t) => {
    const { open, refusal, server } = await redisBackends(t, { cluster: true });
    await eventually(
      () => server.command("CLUSTER", "INFO"),
      (info) => info.includes("cluster_state:ok"),
    );
    const error = await refusal({});
    t.regex(error.message, /is a node of a cluster: set cluster: true/);
    t.is(error.code, "VEXIL_UNAVAILABLE_REPOSITORY");
    const [one, other] = [await open({ cluster: true }), await open({ cluster: true })];
    const hints = watched(t, other);
    const tip = await commitTo(one);
    await eventually(
      async () => hints.count(),
      (count) => count > 0,
    );
    t.is(await refOf(other), tip);
    const slots = await Promise.all(
      (await server.command("KEYS", "*")).split("\n").map((key) => server.command("CLUSTER", "KEYSLOT", key)),
    );
    t.is(new Set(slots).size, 1);
  },
);
