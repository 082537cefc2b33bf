import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { loadConfig } from "../../../core/config/dist/load-config.js";
import { VexilError } from "../../../core/plugin-api/dist/errors/index.js";
import { followHeads } from "../../../daemon/dist/edge/follow-heads.js";
import { followUpstream } from "../../../daemon/dist/edge/follow-upstream.js";
import { Lineage } from "../../../daemon/dist/edge/lineage.js";
import { Upstream } from "../../../daemon/dist/edge/upstream.js";
import { recorder } from "../helpers/daemon/recorder.js";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const TOKEN = "a-token-that-nobody-may-see";
const SET = { instance: "11111111-2222-4333-8444-555555555555", upstreams: [], storages: [] };

interface Hostile {
  readonly upstream: Upstream;
  readonly lineage: Lineage;
  readonly requests: IncomingMessage[];
  readonly url: string;
}

/** An upstream that answers as the test says, and an edge's side of it. */
async function hostile(t: ExecutionContext, answer: Answer): Promise<Hostile> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    VEXIL_EDGE_UPSTREAM: url,
    VEXIL_EDGE_CREDENTIALS: "up",
    VEXIL_CREDENTIALS_UP_TYPE: "access_token",
    VEXIL_CREDENTIALS_UP_ACCESS_TOKEN: TOKEN,
    VEXIL_EDGE_TIMEOUTS_FIRST_BYTE: "300ms",
  };
  const config = await loadConfig({ env, cwd: "/" });
  const lineage = new Lineage();
  const upstream = await Upstream.open(config, config.edge as never, lineage, recorder().logger);
  t.teardown(async () => {
    await upstream.close();
    server.closeAllConnections();
    server.close();
  });
  return { upstream, lineage, requests, url };
}

function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_, response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

const CASES: Readonly<Record<string, readonly [code: string, answer: Answer]>> = {
  "no JSON": ["VEXIL_REMOTE_PROTOCOL", (_, response) => response.end("<html>hello</html>")],
  "JSON of another kind": ["VEXIL_REMOTE_PROTOCOL", json([1, 2, 3])],
  "storages that lead elsewhere": [
    "VEXIL_REMOTE_PROTOCOL",
    json({ ...SET, storages: [{ id: "../other", branch: "main", environments: [] }] }),
  ],
  "an answer without end": [
    "VEXIL_CONNECTION_ENDLESS",
    (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(" ".repeat(1_000_000)));
      };
      response.on("drain", more);
      more();
    },
  ],
  silence: ["VEXIL_CONNECTION_TIMEOUT", () => undefined],
  "a redirect to another host": [
    "VEXIL_REMOTE_REDIRECT",
    (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/elsewhere" }).end(),
  ],
  "a refusal": ["VEXIL_AUTH_REJECTED", json({ message: "no" }, 401)],
  "a defect": ["VEXIL_CONNECTION_STATUS_5XX", json({ message: "oh" }, 500)],
  "a cut connection": ["VEXIL_CONNECTION_RESET", (request) => request.socket.resetAndDestroy()],
};

for (const [what, [code, answer]] of Object.entries(CASES)) {
  test(`an upstream that answers with ${what} is told of by a code, without the credential`, async (t) => {
    const { upstream, url } = await hostile(t, answer);
    const error = await t.throwsAsync(upstream.ask(AbortSignal.timeout(20_000)));
    t.true(VexilError.is(error));
    t.is(String((error as VexilError).code), code);
    t.true(error?.message.startsWith(url));
    t.false(JSON.stringify([error?.message, (error as VexilError).details]).includes(TOKEN));
  });
}

test("an upstream that is the daemon itself, or follows it, is found, and those between stay known", async (t) => {
  const own: { id: string; upstreams: string[] } = { id: "", upstreams: [] };
  const { upstream, lineage } = await hostile(t, (request, response) =>
    json({ ...SET, instance: own.id, upstreams: own.upstreams })(request, response),
  );
  own.id = lineage.id;
  const itself = await t.throwsAsync(upstream.ask(AbortSignal.timeout(20_000)));
  t.like(itself, { code: "VEXIL_REFUSED_LOOP" });
  own.id = SET.instance;
  own.upstreams = [lineage.id];
  t.like(await t.throwsAsync(upstream.ask(AbortSignal.timeout(20_000))), { code: "VEXIL_REFUSED_LOOP" });
  t.deepEqual(lineage.upstreams, [SET.instance]);
});

test("a stream of heads with a line of 100 MB, or with something else, ends with an error and little memory", async (t) => {
  let sent = 0;
  const { upstream } = await hostile(t, (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const more = (): void => {
      while (sent < 100_000_000 && !response.destroyed) {
        sent += 100_000;
        if (!response.write("x".repeat(100_000))) return;
      }
    };
    response.on("drain", more);
    more();
  });
  const endless = followHeads(upstream.client, () => undefined, AbortSignal.timeout(30_000));
  t.like(await t.throwsAsync(endless), { code: "VEXIL_REMOTE_PROTOCOL" });
  t.true(sent < 20_000_000, "it was not read to its end");
});

test("a stream of heads that is silent is given up", async (t) => {
  const { upstream } = await hostile(t, (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(":\n\n");
  });
  const silent = followHeads(upstream.client, () => undefined, AbortSignal.timeout(30_000), 200);
  t.like(await t.throwsAsync(silent), { code: "VEXIL_CONNECTION_TIMEOUT" });
});

test("an upstream that fails is asked again after a random time that grows, and after what Retry-After says", async (t) => {
  const { upstream, requests } = await hostile(t, json({ message: "later" }, 429, { "retry-after": "1" }));
  const stop = new AbortController();
  const failures: number[] = [];
  const lost = (_: VexilError, count: number): void => void failures.push(count);
  const following = followUpstream(
    upstream,
    { asked: async () => undefined, heard: () => true, lost },
    stop.signal,
    () => 0,
  );
  const started = performance.now();
  while (requests.length < 2) await sleep(20);
  t.true(performance.now() - started >= 990, "not before it was asked to");
  stop.abort();
  await following;
  t.deepEqual(failures.slice(0, 1), [1]);
  for (const { headers } of requests) t.is(headers.authorization, `Bearer ${TOKEN}`);
});
