import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { type AcmeDaemon, acmeDaemon, jsonOf, type LoggedIn } from "../helpers/access/acme-daemon.js";
import { answers, become, logout, logoutToken, selfOf, startReplicas, statusOf } from "../helpers/access/replicas.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { type RedisServer, redisServer } from "../helpers/databases/redis-server.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type OpenStream, openStream } from "../helpers/http/open-stream.js";
import { makeCertificate } from "../helpers/network/certificate.js";
import { missingPrograms, testUnless } from "../helpers/runner/skip-unless.js";

const missing = missingPrograms("redis-server", "redis-cli");
const withRedis = testUnless(missing, test.serial);

/** Part of the configuration that names a Redis. */
const storage = ({ port, password }: RedisServer, changes: object = {}): object => ({
  storage: { type: "redis", redis: { host: "127.0.0.1", port, password, ...changes } },
});

const replicas = (
  t: ExecutionContext,
  redis: RedisServer,
  { changes = {}, csrf, ...options }: { count?: number; workers?: number; changes?: object; csrf?: object } = {},
): Promise<readonly AcmeDaemon[]> =>
  startReplicas(t, { session: { ...storage(redis, changes), ...(csrf && { csrf }) }, ...options });

const hasEnded = ({ response }: OpenStream): Promise<boolean> =>
  eventually(
    async () => response.complete,
    (isOver) => isOver,
    60_000,
  );

for (const workers of [1, 2]) {
  withRedis(`who logs out at one daemon is logged out at the others, streams too (${workers} processes)`, async (t) => {
    const [one, two] = await replicas(t, await redisServer(t), { workers });
    if (one === undefined || two === undefined) return t.fail();
    const [ada, bob] = [await one.login(), await one.login({ sub: "bob" })];
    const streamOf = ({ session }: LoggedIn) =>
      openStream(t, `${two.daemon.url()}/client/v2/environments/default/namespaces/default/stream`, session);
    const [ended, kept] = [await streamOf(ada), await streamOf(bob)];
    t.deepEqual([ended.status, kept.status], [200, 200]);
    t.deepEqual([await selfOf(two, ada), await selfOf(two, bob)], [200, 200]);
    t.is(await logout(one, ada), 200);
    await hasEnded(ended);
    await answers(two, ada, 401);
    await answers(two, bob, 200);
    t.false(kept.response.complete);
    // The provider's logout at the other, by what names the user there.
    t.is((await two.send("method/acme/one/revoke", logoutToken("bob"))).status, 200);
    await answers(one, bob, 401);
    await hasEnded(kept);
  });
}

withRedis("what was ended while Redis was away, or what it has forgotten, is made up for", async (t) => {
  const redis = await redisServer(t);
  const [one, two] = await replicas(t, redis);
  if (one === undefined || two === undefined) return t.fail();
  const [before, during, other] = [await one.login(), await one.login({ sub: "bob" }), await one.login({ sub: "eve" })];
  t.is(await logout(one, before), 200);
  await answers(two, before, 401);
  await redis.kill();
  await become(one, ({ state }) => state === "disconnected");
  t.is(await logout(one, during), 200, "who logs out is not kept waiting");
  t.deepEqual([await selfOf(one, during), await selfOf(two, during), await selfOf(two, other)], [401, 200, 200]);
  const { untold, lastError = "" } = await statusOf(one);
  t.is(untold, 1);
  t.regex(lastError, /^Redis at 127\.0\.0\.1:\d+: /);
  const metrics = await (await fetch(`${one.daemon.url()}/metrics`)).text();
  t.regex(metrics, /^vexil_sessions_shared\{place="redis"\} 0$/m);
  t.regex(metrics, /^vexil_sessions_untold\{place="redis"\} 1$/m);
  await redis.start();
  await answers(two, during, 401);
  await become(one, ({ state, untold: left }) => state === "connected" && left === 0);
  const [late] = await replicas(t, redis, { count: 1 });
  if (late === undefined) return t.fail();
  t.deepEqual(await Promise.all([before, during, other].map((login) => selfOf(late, login))), [401, 401, 200]);
  const told = one.daemon.lines.filter(({ event }) => event === "session.unshared" || event === "session.shared");
  t.is(told.at(-1)?.event, "session.shared");
  t.true(told.some(({ event, level }) => event === "session.unshared" && level === "warn"));
});

withRedis("a Redis that hangs holds up nobody, and a daemon starts beside it", async (t) => {
  const redis = await redisServer(t);
  t.teardown(() => redis.thaw());
  const [one, two] = await replicas(t, redis);
  if (one === undefined || two === undefined) return t.fail();
  const [ada, bob] = [await one.login(), await one.login({ sub: "bob" })];
  redis.freeze();
  t.is(await logout(one, ada), 200);
  t.deepEqual([await selfOf(one, ada), await selfOf(one, bob)], [401, 200]);
  await become(
    one,
    ({ state, untold, lastError = "" }) =>
      state === "disconnected" && untold === 1 && lastError.includes("no answer within 2000 ms"),
  );
  const [late] = await replicas(t, redis, { count: 1 });
  if (late === undefined) return t.fail();
  t.like(await statusOf(late), { state: "disconnected", holding: true });
  t.true(late.daemon.lines.some(({ event, level }) => event === "session.held-back" && level === "warn"));
  const begunThere = await late.login({ sub: "eve" });
  t.deepEqual(
    [await selfOf(late, ada), await selfOf(late, bob), await selfOf(late, begunThere)],
    [503, 503, 200],
    "what was ended elsewhere is not known to who has just started",
  );
  redis.thaw();
  await answers(two, ada, 401);
  await answers(late, ada, 401);
  await answers(late, bob, 200);
  t.is((await statusOf(late)).holding, undefined);
});

withRedis("a wrong password is told without it, and who has another key hears of nothing", async (t) => {
  const redis = await redisServer(t);
  const wrong = await acmeDaemon(t, { session: storage(redis, { password: "canary-wrong-0815" }) });
  const { lastError = "" } = await become(wrong, ({ lastError: reason = "" }) => reason.includes("WRONGPASS"));
  t.regex(lastError, /refuses the user or the password \(WRONGPASS\); see authentication\.session\.storage\.redis$/);
  const ada = await wrong.login();
  t.is(await selfOf(wrong, ada), 200);
  t.is(await logout(wrong, ada), 200);
  t.false(JSON.stringify(wrong.daemon.lines).includes("canary"));
  // A user who may do nothing but what is needed.
  const commands = ["xadd", "xlen", "xrange", "xread", "xtrim", "pexpire", "get", "set"].map((name) => `+${name}`);
  await redis.command("ACL", "SETUSER", "vexil", "on", `>${redis.password}`, "~flipt:*", "-@all", ...commands);
  await wrong.reload({ session: storage(redis, { username: "vexil" }) });
  await become(wrong, ({ state }) => state === "connected");
  t.regex(await redis.command("KEYS", "*"), /^flipt:sessions:[0-9a-f]{16}$/);
  const key = "another one, which is 32 characters long";
  const foreign = await acmeDaemon(t, { session: { csrf: { key }, ...storage(redis) } });
  const eve = await foreign.login();
  t.is((await wrong.send("method/acme/one/revoke", logoutToken("ada"))).status, 200);
  t.is((await foreign.send("method/acme/one/revoke", logoutToken("bob"))).status, 200);
  t.is((await redis.command("KEYS", "*")).split("\n").length, 2);
  t.is(await selfOf(foreign, eve), 200);
});

withRedis("TLS, and a cluster, work as well; a certificate of nobody known is refused", async (t) => {
  const certificate = await makeCertificate(t);
  const redis = await redisServer(t, { tls: certificate });
  const secured = { require_tls: true, ca_cert_path: certificate.caPath };
  const cluster = await redisServer(t, { cluster: true });
  for (const [server, changes] of [
    [redis, secured],
    [cluster, { mode: "cluster" }],
  ] as const) {
    const [one, two] = await replicas(t, server, { changes });
    if (one === undefined || two === undefined) return t.fail();
    const ada = await one.login();
    t.is(await logout(one, ada), 200);
    await answers(two, ada, 401);
    await Promise.all([one.daemon.stop(), two.daemon.stop()]);
  }
  const distrusting = await acmeDaemon(t, { session: storage(redis, { require_tls: true }) });
  t.regex((await become(distrusting, ({ state }) => state === "disconnected")).lastError ?? "", /certificate/);
});

withRedis("who writes to Redis and has no key logs nobody out, and reads nobody's name there", async (t) => {
  const redis = await redisServer(t);
  const [one, two] = await replicas(t, redis);
  if (one === undefined || two === undefined) return t.fail();
  const [ada, eve] = [await one.login(), await one.login({ sub: "eve" })];
  t.is((await one.send("method/acme/one/revoke", logoutToken("bob"))).status, 200);
  const key = await redis.command("KEYS", "*");
  const kept = await redis.command("XRANGE", key, "-", "+");
  t.notRegex(kept, /bob|id\.example/);
  const [written = ""] = /\{.*\}/.exec(kept) ?? [];
  const at = Date.now();
  const { id } = await jsonOf(await one.send("self", { headers: ada.session }));
  const forged = [
    ...[
      { at },
      { method: "acme", provider: "one", at },
      { id, at },
      { method: "acme", provider: "one", sub: "ada", at },
    ],
    ...[
      { ...JSON.parse(written), at: at + 1 },
      { ...JSON.parse(written), sub: undefined },
    ],
  ];
  const texts = forged.flatMap((one) => [one, { mac: "", ...one }, { mac: JSON.parse(written).mac, ...one }]);
  const all = ["", "{", "[]", '{"at":"x"}', "x".repeat(20_000), ...texts.map((text) => JSON.stringify(text))];
  for (const text of all) await redis.command("XADD", key, "*", "ended", text);
  await redis.command("XADD", key, "*", "other", "field");
  // What comes after them is heard after them.
  t.is(await logout(two, eve), 200);
  await answers(one, eve, 401);
  t.deepEqual([await selfOf(one, ada), await selfOf(two, ada)], [200, 200]);
  const [late] = await replicas(t, redis, { count: 1 });
  if (late === undefined) return t.fail();
  t.deepEqual([await selfOf(late, ada), await selfOf(late, eve)], [200, 401]);
  for (const { daemon } of [one, late]) {
    const told = daemon.lines.filter(({ event }) => event === "session.forged");
    t.is(told.length, 1);
    t.is(told[0]?.level, "warn");
  }
});

withRedis("what somebody takes out of Redis is there again soon, from whoever knows of it", async (t) => {
  const redis = await redisServer(t);
  const [one, two] = await replicas(t, redis);
  if (one === undefined || two === undefined) return t.fail();
  const [ada, bob] = [await one.login(), await one.login({ sub: "bob" })];
  t.is(await logout(one, ada), 200);
  t.is(await logout(one, bob), 200);
  await answers(two, bob, 401);
  const key = await redis.command("KEYS", "*");
  const entries = async (): Promise<number> => Number(await redis.command("XLEN", key));
  t.is(await entries(), 2);
  const [, last = ""] = /(\d+-\d+)/.exec(await redis.command("XREVRANGE", key, "+", "-", "COUNT", "1")) ?? [];
  t.is(await redis.command("XDEL", key, last), "1");
  await eventually(entries, (count) => count >= 2);
  await redis.command("DEL", key);
  await eventually(entries, (count) => count >= 2);
  const [late] = await replicas(t, redis, { count: 1 });
  if (late === undefined) return t.fail();
  t.deepEqual([await selfOf(late, ada), await selfOf(late, bob)], [401, 401]);
});

withRedis("a stream that takes no entries any more, or is none, is told of once and begun anew", async (t) => {
  const redis = await redisServer(t);
  const [one, two] = await replicas(t, redis);
  if (one === undefined || two === undefined) return t.fail();
  const [ada, bob, eve] = [await one.login(), await one.login({ sub: "bob" }), await one.login({ sub: "eve" })];
  t.is(await logout(one, ada), 200);
  await answers(two, ada, 401);
  const key = await redis.command("KEYS", "*");
  const last = "18446744073709551615";
  await redis.command("XADD", key, `${last}-${last}`, "ended", "x");
  t.is(await logout(one, bob), 200);
  await answers(two, bob, 401);
  await redis.command("DEL", key);
  await redis.command("SET", key, "something else");
  t.is(await logout(two, eve), 200);
  await answers(one, eve, 401);
  for (const daemon of [one, two]) await become(daemon, ({ state, untold }) => state === "connected" && untold === 0);
  t.is(await redis.command("TYPE", key), "stream");
  const [late] = await replicas(t, redis, { count: 1 });
  if (late === undefined) return t.fail();
  t.deepEqual(await Promise.all([ada, bob, eve].map((login) => selfOf(late, login))), [401, 401, 401]);
  for (const { daemon } of [one, two]) {
    const told = daemon.lines.filter(({ event }) => event === "session.unshared");
    t.true(told.length >= 1 && told.length <= 6, JSON.stringify(told));
  }
});

withRedis(
  "daemons without a key of the configuration have one in common by Redis, and keep it while Redis forgets",
  async (t) => {
    const redis = await redisServer(t);
    const [one, two] = await replicas(t, redis, { changes: { prefix: "own" }, csrf: {} });
    if (one === undefined || two === undefined) return t.fail();
    await become(two, ({ state }) => state === "connected");
    const [ada, bob] = [await one.login(), await two.login({ sub: "bob" })];
    t.deepEqual([await selfOf(two, ada), await selfOf(one, bob)], [200, 200]);
    t.is(await logout(two, ada), 200);
    await answers(one, ada, 401);
    const key = await redis.command("GET", "own:session-key");
    t.is(Buffer.from(key, "base64url").length, 32);
    await redis.kill();
    await become(one, ({ state }) => state === "disconnected");
    await redis.start();
    for (const daemon of [one, two]) await become(daemon, ({ state }) => state === "connected");
    t.is(await redis.command("GET", "own:session-key"), key);
    const [late] = await replicas(t, redis, { count: 1, changes: { prefix: "own" }, csrf: { key: "short" } });
    if (late === undefined) return t.fail();
    await become(late, ({ state }) => state === "connected");
    t.deepEqual([await selfOf(late, ada), await selfOf(late, bob)], [401, 200]);
    for (const { daemon } of [one, two, late]) t.false(JSON.stringify(daemon.lines).includes(key));
  },
);

/** Keys of sessions in the files of this process's daemons. */
async function keptKeys(): Promise<readonly string[]> {
  const directory = process.env.XDG_STATE_HOME ?? "";
  const files = await readdir(directory, { recursive: true });
  const keys = files.filter((file) => file.endsWith("session.key")).map((file) => readFile(join(directory, file)));
  return (await Promise.all(keys)).map((key) => key.toString("base64url"));
}

withRedis(
  "a key that is found in Redis counts as long as that Redis is configured, and is never written down",
  async (t) => {
    const redis = await redisServer(t);
    const found = randomBytes(32).toString("base64url");
    await redis.command("SET", "own:session-key", found);
    const session = { ...storage(redis, { prefix: "own" }), csrf: {} };
    const durable = { backend: { type: "local", path: await temporaryDirectory(t) } };
    const one = await acmeDaemon(t, { session, storage: durable });
    const [two] = await replicas(t, redis, { count: 1, changes: { prefix: "own" }, csrf: {} });
    if (two === undefined) return t.fail();
    for (const daemon of [one, two]) await become(daemon, ({ state }) => state === "connected");
    const kept = await keptKeys();
    t.is(kept.length, 1);
    t.not(kept[0], found, "another's key is kept as its own");
    const ada = await one.login();
    t.is(await selfOf(two, ada), 200, "it is the key that both have found");
    await one.reload({ session: { csrf: {} } });
    t.is(await selfOf(one, ada), 401, "the key of a Redis that is not configured any more counts");
    const bob = await one.login({ sub: "bob" });
    t.deepEqual([await selfOf(one, bob), await selfOf(two, bob)], [200, 401]);
    await one.reload({ session });
    await become(one, ({ state }) => state === "connected");
    t.deepEqual([await selfOf(one, ada), await selfOf(one, bob)], [200, 401]);
    t.deepEqual(await keptKeys(), kept);
    t.is(await redis.command("GET", "own:session-key"), found);
    await one.reload({ session: { ...storage(redis, { prefix: "fresh" }), csrf: {} } });
    await become(one, ({ state }) => state === "connected");
    const proposed = await redis.command("GET", "fresh:session-key");
    t.is(Buffer.from(proposed, "base64url").length, 32);
    t.false(kept.includes(proposed), "the key that is kept for itself goes to nobody");
  },
);
