import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test from "ava";
import { freshPage, missingChromium } from "../helpers/browser/chromium.js";
import { type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { freePort } from "../helpers/network/free-port.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

interface Seen {
  readonly keys: string[];
  readonly ids: string[];
  opens: number;
  state: number;
}

/** Opens a stream in a page, which notes what it hears. */
const listen = (address: string): void => {
  const seen: Seen = { keys: [], ids: [], opens: 0, state: 0 };
  const source = new EventSource(address, { withCredentials: true });
  Object.assign(globalThis, { seen, source });
  source.onopen = () => {
    seen.opens += 1;
  };
  source.onerror = () => {
    seen.state = source.readyState;
  };
  source.onmessage = ({ data }) => {
    const event = JSON.parse(String(data)) as { readonly id: string; readonly key?: string };
    seen.keys.push(event.key ?? "");
    seen.ids.push(event.id);
  };
};
const flags = (...keys: string[]): string =>
  `namespace: ops\nflags:\n${keys.map((key) => `- {key: ${key}, name: ${key}, type: BOOLEAN_FLAG_TYPE}\n`).join("")}`;

withChromium(
  "a browser's EventSource goes on by itself after a kill, and another site's page gets nothing",
  async (t) => {
    t.timeout(180_000);
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const port = await freePort();
    const cwd = await temporaryDirectory(t);
    const storage = { default: { backend: { type: "local", path: repository.path } } };
    const env = { XDG_STATE_HOME: cwd };
    const serve = (): Promise<RunningDaemon> =>
      startDaemon(t, { cwd, env, config: { storage, server: { http_port: port, workers: 2 } } });
    const first = await serve();
    const server = createServer((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/html" }).end("<title>elsewhere</title>");
    }).listen(0, "127.0.0.1");
    t.teardown(() => server.close());
    await once(server, "listening");
    // Another site to a browser, which only this machine has.
    const other = `http://localhost:${(server.address() as AddressInfo).port}`;
    const { page, context } = await freshPage(t, {
      own: first.url,
      others: [other],
      // The browser tells of the connection that a kill cuts.
      expected: [/^console: Failed to load resource/],
    });
    await page.goto(`${first.url}/health`);
    const address = `${first.url}/api/v2/events?kind=flag`;
    await page.evaluate(listen, address);
    const seen = (): Promise<Seen> => page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);
    await page.waitForFunction(() => (globalThis as unknown as { seen: Seen }).seen.opens === 1);
    await repository.commit({ "ops/features.yaml": flags("one") });
    await page.waitForFunction(() => (globalThis as unknown as { seen: Seen }).seen.keys.includes("one"));
    first.child.kill("SIGKILL");
    await first.exited;
    await repository.commit({ "ops/features.yaml": flags("one", "two") });
    await serve();
    await page.waitForFunction(() => (globalThis as unknown as { seen: Seen }).seen.keys.includes("two"));
    const { ids, opens } = await seen();
    t.is(new Set(ids).size, ids.length, "nothing twice");
    t.is(opens, 2);
    const foreign = await context.newPage();
    await foreign.goto(other);
    await foreign.evaluate(listen, address);
    await foreign.waitForFunction(() => (globalThis as unknown as { seen: Seen }).seen.state === 2);
    await repository.commit({ "ops/features.yaml": flags("two", "three") });
    await page.waitForFunction(() => (globalThis as unknown as { seen: Seen }).seen.keys.includes("three"));
    const { keys, opens: none } = await foreign.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);
    t.deepEqual([keys, none], [[], 0]);
  },
);
