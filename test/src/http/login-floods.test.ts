import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import test from "ava";
import { Agent, fetch as fetchBy } from "undici";
import { acmeDaemon as start } from "../helpers/access/acme-daemon.js";
import { eventually } from "../helpers/daemon/daemon.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { localClient } from "../helpers/http/local-client.js";
import { ownTime } from "../helpers/runner/own-time.js";

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(`${processes}: a thousand logins with wrong codes cost their address, and nobody else`, async (t) => {
    const { daemon } = await start(t, { workers });
    const attacker = localClient(t, daemon.url());
    const other = localClient(t, daemon.url(), { localAddress: "127.0.0.2" });
    const wrong = "/auth/v1/method/acme/one/callback?code=canary-code&state=canary-state";
    const began = performance.now();
    const flood = Promise.all(Array.from({ length: 1000 }, () => attacker(wrong)));
    const beside = await Promise.all([
      attacker("/health"),
      other("/health"),
      other("/auth/v1/method/acme/one/authorize"),
      other("/auth/v1/method"),
      other(wrong),
    ]);
    t.deepEqual(
      beside.map(({ status }) => status),
      [200, 200, 200, 200, 401],
    );
    const answers = await flood;
    const refused = answers.filter(({ status }) => status === 401);
    const limited = answers.filter(({ status }) => status === 429);
    // On a machine that is busy enough a minute passes, and a hundred more are heard.
    const minutes = Math.ceil((performance.now() - began) / 60_000);
    t.true(refused.length >= 100 && refused.length <= 100 * minutes, `${refused.length} were heard`);
    t.is(refused.length + limited.length, 1000);
    const waits = limited.map(({ headers }) => Number(headers["retry-after"]));
    t.true(waits.every((seconds) => seconds >= 1 && seconds <= 60));
    t.is((await other(wrong)).status, 401, "who comes from elsewhere is heard");
    const metrics = await (await fetch(`${daemon.url()}/metrics`)).text();
    t.regex(metrics, /vexil_auth_total\{method="acme",result="refused"\} 1002\b/);
    await daemon.stop();
    const lines = daemon.lines.filter(({ event }) => event === "auth.refused");
    t.true(lines.length <= 6 * minutes, `${lines.length} lines`);
    const counted = lines.reduce((sum, { repeated = 1 }) => sum + Number(repeated), 0);
    t.is(counted, 1002);
    t.false(JSON.stringify(daemon.lines).includes("canary"));
  });
}

test.serial("a user at another address logs in within 5 s while wrong codes come a thousand a second", async (t) => {
  const dispatcher = new Agent({ localAddress: "127.0.0.3" });
  t.teardown(() => dispatcher.close());
  const fetchFromThere = ((input: string, init: object) => fetchBy(input, { ...init, dispatcher })) as unknown;
  const { daemon, login, send } = await start(t, { workers: 1, fetch: fetchFromThere as typeof fetch });
  // The engine accepts one connection in a turn: those of many more would only be a test of that.
  const attacker = localClient(t, daemon.url(), { maxSockets: 30 });
  const ms = ownTime(t);
  const statuses = new Map<number, number>();
  let [sent, answered] = [0, 0];
  const flood = setInterval(() => {
    // A machine that cannot keep up has a second's worth of them before it, and no more.
    for (; sent < ms() && sent - answered < 1000; sent += 1) {
      void attacker("/auth/v1/method/acme/one/callback?code=wrong&state=stolen").then(({ status }) => {
        answered += 1;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      });
    }
  }, 20);
  t.teardown(() => clearInterval(flood));
  await eventually(
    async () => answered,
    (count) => count >= 1000,
    60_000,
  );
  for (const _ of ["one", "two"]) {
    const began = ms();
    const { response, session } = await login();
    t.is(response.status, 302);
    t.is((await send("self", { headers: session })).status, 200);
    t.true(ms() - began < 5000, `it took ${Math.round(ms() - began)} ms, ${answered} of ${sent} answered`);
  }
  clearInterval(flood);
  await eventually(
    async () => answered,
    (count) => count === sent,
    60_000,
  );
  t.deepEqual([...statuses.keys()].sort(), [401, 429]);
});

/** A provider that answers only when it is let go. */
async function heldProvider(t: Scope) {
  const held = new Set<ServerResponse>();
  let [isOver, most] = [false, 0];
  const server = createServer((_request, response) => {
    if (isOver) return response.end();
    held.add(response);
    response.once("close", () => held.delete(response));
    most = Math.max(most, held.size);
    return undefined;
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const letGo = (): void => {
    isOver = true;
    for (const response of held) response.end();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, most: () => most, letGo };
}

test.serial("logins by device code that hang cost their address, and never a login by a browser", async (t) => {
  const provider = await heldProvider(t);
  const { daemon } = await start(t, { workers: 2, acme: { holds: provider.url } });
  const place = "/auth/v1/method/acme/one";
  let [asked, limited] = [0, 0];
  const all: Promise<unknown>[] = [];
  const flood = (localAddress: string): void => {
    const client = localClient(t, daemon.url(), { localAddress, maxSockets: 30 });
    for (let count = 0; count < 12; count += 1) {
      const deviceCode = `${localAddress} ${count}`;
      for (const answer of [
        client(`${place}/device`, {}, "{}"),
        client(`${place}/device/token`, {}, JSON.stringify({ deviceCode })),
      ]) {
        asked += 1;
        all.push(
          answer.then(({ status, headers }) => {
            if (status === 429 && headers["retry-after"] === "1") limited += 1;
          }),
        );
      }
    }
  };
  const areLimited = (least: number): Promise<number> =>
    eventually(
      async () => limited,
      (count) => count >= least,
      60_000,
    );
  flood("127.0.0.2");
  await areLimited(4);
  t.true(provider.most() <= 20, `${provider.most()} of one address are under way`);
  for (const host of [3, 4, 5, 6, 7]) flood(`127.0.0.${host}`);
  await areLimited(40);
  const browser = localClient(t, daemon.url(), { localAddress: "127.0.0.2" });
  t.is((await browser(`${place}/authorize`)).status, 200);
  provider.letGo();
  await Promise.all(all);
  t.true(provider.most() <= 50, `${provider.most()} of ${asked} were under way`);
});

test.serial("logins of one address that hang leave places at the provider to everybody else", async (t) => {
  const provider = await heldProvider(t);
  const { daemon } = await start(t, { acme: { waits: provider.url } });
  const place = "/auth/v1/method/acme/two/authorize";
  const attacker = localClient(t, daemon.url(), { maxSockets: 150 });
  let limited = 0;
  const flood = Array.from({ length: 120 }, async () => {
    if ((await attacker(place)).status === 429) limited += 1;
  });
  await eventually(
    async () => limited,
    (count) => count === 95,
    30_000,
  );
  const other = localClient(t, daemon.url(), { localAddress: "127.0.0.2" })(place);
  provider.letGo();
  await Promise.all(flood);
  t.is((await other).status, 200);
});
