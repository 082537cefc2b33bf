import { setTimeout as delay } from "node:timers/promises";
import { openRepository } from "@vexil/git/repository";
import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { type ExchangeGroup, exchangeGroup } from "../../../daemon/dist/access/sessions/exchange/exchange-group.js";
import { redisPlace } from "../../../daemon/dist/access/sessions/exchange/redis-place.js";
import type {
  RevocationLine,
  RevocationPlace,
} from "../../../daemon/dist/access/sessions/exchange/revocation-place.js";
import { storagePlace } from "../../../daemon/dist/access/sessions/exchange/storage-place.js";
import { type Revocation, SKEW_MS } from "../../../daemon/dist/access/sessions/revocation.js";
import { RevokedSessions } from "../../../daemon/dist/access/sessions/revoked-sessions.js";
import { SessionKeys } from "../../../daemon/dist/access/sessions/session-keys.js";
import { type RedisServer, redisServer } from "../helpers/databases/redis-server.js";
import { mapBackend } from "../helpers/plugins/map-backend.js";
import { missingPrograms, testUnless } from "../helpers/runner/skip-unless.js";

const HOUR = 3_600_000;
const MOST = 4000;
const keepMs = (): number => HOUR;
const keys = SessionKeys.random();
const group = exchangeGroup(keys, () => {});

/** Somebody who writes to the same place, and has not the key. */
const stranger: ExchangeGroup = { ...exchangeGroup(SessionKeys.random(), () => {}), name: group.name };

const connected = async (t: ExecutionContext, place: RevocationPlace): Promise<RevocationLine> => {
  const line = await place.connect(new AbortController().signal);
  t.teardown(() => line.close());
  return line;
};

const ends = (count: number, changes: Partial<Revocation> = {}): readonly Revocation[] =>
  Array.from({ length: count }, (_, index) => ({
    method: "oidc",
    provider: "corp",
    sid: `session ${index}`,
    at: Date.now() - 60_000,
    ...changes,
  }));

/** Publishes more than are kept, and looks at what is left. */
async function overfill(t: ExecutionContext, place: RevocationPlace): Promise<void> {
  const [line, other] = [await connected(t, place), await connected(t, place)];
  t.deepEqual(await line.readAll(), []);
  t.deepEqual(await other.readAll(), []);
  const began = Date.now() - 60_000;
  const ended: Revocation[] = Array.from({ length: MOST + MOST / 4 }, (_, index) => ({
    method: "oidc",
    provider: "corp",
    sid: `session ${index}`,
    at: began + index,
  }));
  for (let start = 0; start < ended.length; start += 1000) {
    await line.publish(ended.slice(start, start + 1000));
    // Entries of one millisecond stay together.
    await delay(2);
  }
  let heard: readonly Revocation[] = [];
  while (heard.length === 0) heard = (await other.next()) ?? [];
  const left = await line.readAll();
  t.true(left.length <= MOST, String(left.length));
  t.true(left.length >= MOST / 2, String(left.length));
  const sessions = new RevokedSessions({ file: () => undefined, lifeMs: keepMs, onFault: () => t.fail() });
  sessions.takeIn(left);
  const has = (index: number, changes: object = {}): boolean =>
    sessions.has({
      ...{ id: "1", method: "oidc", provider: "corp", login: { sid: `session ${index}` }, createdAt: began - 1 },
      ...changes,
    });
  t.true(
    ended.every((_, index) => has(index)),
    "none of them comes back",
  );
  t.false(has(0, { provider: "other" }), "other providers keep theirs");
  t.false(has(MOST * 2, { createdAt: began + MOST * 2 + SKEW_MS }), "so do those that began since");
}

/** Somebody without the key fills the place, and others with unproven ends: nobody is logged out for it. */
async function flood(t: ExecutionContext, placeOf: (group: ExchangeGroup) => RevocationPlace): Promise<void> {
  const refused: number[] = [];
  const own = placeOf(exchangeGroup(keys, (count) => refused.push(count)));
  const [line, other] = [await connected(t, own), await connected(t, placeOf(stranger))];
  const [ada] = ends(1, { sid: "ada's" });
  if (ada === undefined) return t.fail();
  await other.publish(ends(MOST / 4));
  await other.publish(ends(MOST / 4, { sub: "other" }));
  await line.publish([ada]);
  const unproven = ends(MOST, { unproven: true, at: Date.now() });
  await line.publish(unproven.slice(0, MOST / 2));
  await line.publish(unproven.slice(MOST / 2));
  const sessions = new RevokedSessions({ file: () => undefined, lifeMs: keepMs, onFault: () => t.fail() });
  const left = await line.readAll();
  sessions.takeIn(left);
  const login = (sid: string) => ({
    ...{ id: "1", method: "oidc", provider: "corp", login: { sid }, createdAt: Date.now() - HOUR / 2 },
  });
  t.true(left.length <= MOST, String(left.length));
  t.true(sessions.has(login("ada's")), "what was proved stays");
  t.true(sessions.has(login(`session ${MOST - 1}`)), "and of the others the newest");
  t.false(sessions.has(login("bob's")), "who was not named is logged in");
  t.true(refused.length > 0);
  t.false(
    left.some(({ sid, sub }) => sid === undefined || sub !== undefined),
    "nothing of the stranger's, no end of all",
  );
}

const storageOf = (): ((group: ExchangeGroup) => RevocationPlace) => {
  const repository = openRepository(mapBackend());
  return (one) => storagePlace({ storage: "main", repository: () => repository, group: one, keepMs, most: MOST });
};

test("a storage keeps so many ends of sessions, and none of those that go comes back", async (t) => {
  await overfill(t, storageOf()(group));
});

test("whoever writes to a storage without the key logs nobody out", async (t) => {
  await flood(t, storageOf());
});

test("an end of a session is taken as it was written, and never without a name", (t) => {
  const { texts } = group;
  const [one] = ends(1);
  if (one === undefined) return t.fail();
  const text = texts.textOf(one);
  t.deepEqual(
    texts.read([text]).map(({ sid }) => sid),
    [one.sid],
  );
  const changed = { ...JSON.parse(text), at: one.at + 1 };
  const { sid: _, ...without } = JSON.parse(text);
  const { mac: __, ...unproved } = JSON.parse(text);
  const wrong = [changed, without, unproved, { ...unproved, mac: "" }, { at: one.at }, { at: one.at, mac: "x" }, [], 1];
  t.deepEqual(
    texts.read([...wrong.map((value) => JSON.stringify(value)), "{", "", undefined, `${text}${" ".repeat(20_000)}`]),
    [],
  );
  t.deepEqual(stranger.texts.read([text]), []);
  const ofAll = texts.textOf({ at: one.at });
  t.deepEqual(texts.read([ofAll]), [{ at: one.at }]);
});

const withRedis = testUnless(missingPrograms("redis-server", "redis-cli"));

async function startRedis(
  t: ExecutionContext,
): Promise<{ readonly server: RedisServer; readonly placeOf: (group: ExchangeGroup) => RevocationPlace }> {
  const server = await redisServer(t);
  const config = {
    isCluster: false,
    host: "127.0.0.1",
    port: server.port,
    database: 0,
    username: undefined,
    password: new Secret(server.password),
    tls: undefined,
    prefix: "vexil",
    timeoutMs: 20_000,
  };
  return {
    server,
    placeOf: (one) => redisPlace({ config, group: () => one, keepMs, commonKey: undefined, most: MOST }),
  };
}

withRedis("a Redis keeps so many ends of sessions, and none of those that go comes back", async (t) => {
  const { placeOf } = await startRedis(t);
  await overfill(t, placeOf(group));
});

withRedis("whoever writes to Redis without the key logs nobody out", async (t) => {
  const { placeOf } = await startRedis(t);
  await flood(t, placeOf);
});

withRedis("a listener notices that the stream was begun anew with lower numbers", async (t) => {
  const { server, placeOf } = await startRedis(t);
  const [line, other] = [await connected(t, placeOf(group)), await connected(t, placeOf(group))];
  const key = `vexil:sessions:${group.name}`;
  await server.command("XADD", key, "18446744073709551615-5", "ended", "x");
  t.deepEqual(await line.readAll(), []);
  await server.command("DEL", key);
  await other.publish(ends(1));
  let heard: readonly Revocation[] = [];
  for (let tries = 0; heard.length === 0 && tries < 10; tries += 1)
    heard = (await line.next()) ?? (await line.readAll());
  t.is(heard.length, 1);
});
