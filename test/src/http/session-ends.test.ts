import cluster from "node:cluster";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { type AcmeDaemon, type LoggedIn, SESSION_KEY, acmeDaemon as start } from "../helpers/access/acme-daemon.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type Answered, localClient } from "../helpers/http/local-client.js";

/** Status of the answer that tells a browser who it is. */
const selfOf =
  ({ send }: AcmeDaemon) =>
  async ({ session }: LoggedIn): Promise<number> =>
    (await send("self", { headers: session })).status;

/** As long a key as people think up. */
const WEAK = "the same everywhere";

/** Daemons of this test keep their state there. */
async function ownState(t: ExecutionContext): Promise<string> {
  const before = process.env.STATE_DIRECTORY;
  const state = await temporaryDirectory(t);
  process.env.STATE_DIRECTORY = state;
  t.teardown(() => {
    if (before === undefined) delete process.env.STATE_DIRECTORY;
    else process.env.STATE_DIRECTORY = before;
  });
  return state;
}

test.serial("who was logged out stays so after a restart, where sessions outlive the process", async (t) => {
  await ownState(t);
  const first = await start(t);
  const [ada, bob] = [await first.login(), await first.login({ sub: "bob" })];
  t.is((await first.send("self/expire", { method: "PUT", headers: ada.session })).status, 200);
  await first.daemon.stop();
  const second = await start(t);
  t.deepEqual([await selfOf(second)(ada), await selfOf(second)(bob)], [401, 200]);
});

test.serial("where nobody knows any more who was logged out, sessions from before do not count", async (t) => {
  const directory = join(await ownState(t), "access");
  const file = join(directory, "revoked.json");
  const first = await start(t);
  const ada = await first.login();
  await first.daemon.stop();
  await mkdir(directory, { recursive: true });
  await writeFile(file, '[{"id":');
  const second = await start(t);
  t.is(await selfOf(second)(ada), 401);
  t.true(second.daemon.lines.some(({ event, reason }) => event === "session.unkept" && String(reason).includes(file)));
  const bob = await second.login({ sub: "bob" });
  t.is(await selfOf(second)(bob), 200);
  await second.daemon.stop();
  t.true(Array.isArray(JSON.parse(await readFile(file, "utf8"))));
  const third = await start(t);
  t.deepEqual([await selfOf(third)(ada), await selfOf(third)(bob)], [401, 200]);
});

test.serial(
  "a short key of the configuration is none: it starts, says so, and takes nobody else's sessions",
  async (t) => {
    const other = await start(t, { session: { csrf: { key: WEAK } } });
    for (const key of [WEAK, "a".repeat(40)]) {
      const one = await start(t, { session: { csrf: { key } } });
      const ada = await one.login();
      t.deepEqual([await selfOf(one)(ada), await selfOf(other)(ada)], [200, 401], key);
      const lines = one.daemon.lines.filter(({ event }) => event === "session.weak-key");
      t.deepEqual([lines.length, lines[0]?.level], [1, "warn"]);
      t.false(JSON.stringify(one.daemon.lines).includes(`"${key}"`));
    }
    const strong = await start(t);
    t.false(strong.daemon.lines.some(({ event }) => event === "session.weak-key"));
  },
);

test.serial("a logout is answered when no worker lets the session in any more", async (t) => {
  const daemon = await start(t, { workers: 2 });
  const ada = await daemon.login();
  const stopped = Object.values(cluster.workers ?? {}).at(-1);
  const pid = stopped?.process.pid ?? 0;
  process.kill(pid, "SIGSTOP");
  const goOn = (): boolean => process.kill(pid, "SIGCONT");
  t.teardown(() => stopped?.isDead() === false && goOn());
  let isAnswered = false;
  const answer = daemon.send("self/expire", { method: "PUT", headers: ada.session }).finally(() => {
    isAnswered = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  t.false(isAnswered);
  goOn();
  t.is((await answer).status, 200);
});

for (const workers of [1, 2]) {
  test.serial(`sessions follow the rules in force, not those they began under (${workers} processes)`, async (t) => {
    const daemon = await start(t, { workers });
    const [ada, bob] = [await daemon.login(), await daemon.login({ sub: "bob" })];
    /** A worker hears of a reload a moment later. */
    const become = async (...expected: readonly number[]): Promise<void> => {
      const ask = (): Promise<readonly number[]> => Promise.all([ada, bob].map(selfOf(daemon)));
      await eventually(ask, (seen) => seen.join() === expected.join());
    };
    await become(200, 200);
    await daemon.reload({ acme: { admits: ["bob"] } });
    await become(401, 200);
    t.true(daemon.daemon.lines.some(({ event, reason }) => event === "auth.refused" && reason === "not any more"));
    await daemon.reload({ acme: { providers: ["two"] } });
    await become(401, 401);
    await daemon.reload({ acme: null });
    await become(401, 401);
    await daemon.reload({});
    await become(200, 200);
    await daemon.reload({ session: { token_lifetime: "1ms" } });
    await become(401, 401);
  });

  test.serial(
    `one address ends so many sessions without a proof, and others' stay (${workers} processes)`,
    async (t) => {
      const daemon = await start(t, { workers });
      const { send } = daemon;
      const ada = await daemon.login();
      const client = localClient(t, daemon.daemon.url());
      const logout = (sid: string): Promise<Answered> =>
        client(`/auth/v1/method/acme/one/revoke?${new URLSearchParams({ iss: "https://id.example", sid })}`);
      const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => logout(`made up ${index}`)));
      t.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
      const refused = await logout("session of ada");
      t.is(refused.status, 429);
      t.regex(refused.headers["retry-after"] ?? "", /^\d+$/);
      t.is(await selfOf(daemon)(ada), 200);
      t.is((await send("method/acme/three/revoke?iss=https://id.example&sid=x")).status, 400, "no such provider");
      const back = await send("method/acme/one/revoke", {
        method: "POST",
        body: new URLSearchParams({ logout_token: "signed:ada" }),
      });
      t.is(back.status, 200, "what the provider has signed counts all the same");
      t.is(await selfOf(daemon)(ada), 401);
    },
  );

  test.serial(`a provider that hangs holds up neither other providers nor reads (${workers} processes)`, async (t) => {
    const held: ServerResponse[] = [];
    let ending = false;
    const provider = createServer((_request, response) => {
      if (ending) response.end();
      else held.push(response);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => provider.once("listening", resolve));
    t.teardown(() => {
      provider.closeAllConnections();
      provider.close();
    });
    const waits = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`;
    const { daemon } = await start(t, { workers, acme: { waits } });
    const client = localClient(t, daemon.url(), { maxSockets: 200 });
    // A hundred of them wait, and those beyond are answered at once.
    const answers = Array.from({ length: 130 }, () => client("/auth/v1/method/acme/two/authorize"));
    const { status, headers: refused } = await Promise.race(answers);
    t.deepEqual([status, refused["retry-after"]], [429, "1"]);
    t.is((await client("/auth/v1/method/acme/one/authorize")).status, 200);
    const headers = { authorization: "Bearer static", connection: "close" };
    t.is((await fetch(`${daemon.url()}/api/v2/environments`, { headers })).status, 200);
    t.true(held.length <= 100, `${held.length} requests wait for the provider`);
    ending = true;
    for (const response of held) response.end();
    await Promise.all(answers);
  });
}

test.serial("a provider that is away costs its users no attempts", async (t) => {
  const { send } = await start(t);
  const exchange = async (token: string): Promise<number> => {
    const response = await send("method/acme/serviceaccount", {
      method: "POST",
      body: JSON.stringify({ serviceAccountToken: token }),
    });
    return response.status;
  };
  for (let count = 0; count < 120; count += 1) {
    const status = await exchange("away");
    if (status < 500) t.fail(`${status} at ${count}`);
  }
  t.is(await exchange("pod"), 200);
  t.is(await exchange("other"), 401);
});

test.serial("a session can be ended where nobody has to log in", async (t) => {
  const daemon = await start(t, { required: false });
  const { send, login, reload } = daemon;
  const [ada, bob] = [await login(), await login({ sub: "bob" })];
  const revoked = await send("self/revoke", { method: "DELETE", headers: ada.session });
  t.is(revoked.status, 200);
  t.is(
    ((await revoked.json()) as { readonly nextUri?: string }).nextUri,
    "https://id.example/logout?provider=one&hint=token",
  );
  t.is(revoked.headers.getSetCookie().length, 2);
  t.is((await send("self/expire", { method: "PUT", headers: bob.session })).status, 200);
  t.is((await send("self/revoke", { method: "DELETE" })).status, 401);
  t.is((await send("self/revoke", { method: "DELETE", headers: ada.session })).status, 401, "it has ended");
  const eve = await login({ sub: "eve" });
  await reload({ required: true });
  const status = selfOf(daemon);
  t.deepEqual([await status(ada), await status(bob), await status(eve)], [401, 401, 200]);
});

test.serial("a key that is long enough is what daemons need to have in common", async (t) => {
  const session = { csrf: { key: `${SESSION_KEY}!` } };
  const [one, two] = [await start(t, { session }), await start(t)];
  const ada = await one.login();
  t.deepEqual([await selfOf(one)(ada), await selfOf(two)(ada)], [200, 401]);
  await two.reload({ session });
  t.is(await selfOf(two)(ada), 200);
});
