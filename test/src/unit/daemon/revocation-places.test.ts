import { setTimeout as delay } from "node:timers/promises";
import { openRepository } from "@vexil/git/repository";
import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { redisPlace } from "../../../../daemon/dist/access/sessions/exchange/redis-place.js";
import type { RevocationPlace } from "../../../../daemon/dist/access/sessions/exchange/revocation-place.js";
import { storagePlace } from "../../../../daemon/dist/access/sessions/exchange/storage-place.js";
import type { Revocation } from "../../../../daemon/dist/access/sessions/revocation.js";
import { RevokedSessions } from "../../../../daemon/dist/access/sessions/revoked-sessions.js";
import { redisServer } from "../../helpers/databases/redis-server.js";
import { mapBackend } from "../../helpers/plugins/map-backend.js";
import { missingPrograms, testUnless } from "../../helpers/runner/skip-unless.js";

const HOUR = 3_600_000;
const MOST = 4000;
const keepMs = (): number => HOUR;

/** Publishes more than are kept, and looks at what is left. */
async function overfill(t: ExecutionContext, place: RevocationPlace): Promise<void> {
  const [line, other] = [
    await place.connect(new AbortController().signal),
    await place.connect(new AbortController().signal),
  ];
  t.teardown(() => line.close());
  t.teardown(() => other.close());
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
  while (heard.length === 0) heard = await other.next();
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
  t.false(has(MOST * 2, { createdAt: began + MOST * 2 }), "so do those that began since");
}

test("a storage keeps so many ends of sessions, and none of those that go comes back", async (t) => {
  const repository = openRepository(mapBackend());
  await overfill(t, storagePlace({ storage: "main", repository: () => repository, name: "x", keepMs, most: MOST }));
});

testUnless(missingPrograms("redis-server", "redis-cli"))(
  "a Redis keeps so many ends of sessions, and none of those that go comes back",
  async (t) => {
    const { port, password } = await redisServer(t);
    const config = {
      isCluster: false,
      host: "127.0.0.1",
      port,
      database: 0,
      username: undefined,
      password: new Secret(password),
      tls: undefined,
      prefix: "vexil",
      timeoutMs: 20_000,
    };
    await overfill(t, redisPlace({ config, name: "x", keepMs, commonKey: undefined, most: MOST }));
  },
);
