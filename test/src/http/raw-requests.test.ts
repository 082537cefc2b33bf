import type { StorageStatus } from "@vexil/engine/model/storage-status";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { ask } from "../helpers/http/answers.js";
import { startTestServer, type TestServer } from "../helpers/http/http-server.js";
import { type RawAnswer, RawConnection, rawRequest } from "../helpers/http/raw-exchange.js";
import { storageStatus } from "../helpers/http/storage-status.js";

const STORAGE = storageStatus({ id: "default" });

type Options = NonNullable<Parameters<typeof startTestServer>[1]>;

const BANNER = '{"flagKey":"banner","entityId":"u"}';
const BOOLEAN = "POST /evaluate/v1/boolean";
const SNAPSHOT = "/client/v2/environments/default/namespaces/ops/snapshot";
const OPS_DIGEST = "6fdef425110328dee4c33b5eed7838604bac6b36";
const H2C = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAA"];

/** A server whose every process has the example files. */
async function start(t: ExecutionContext, options: Options = {}): Promise<TestServer> {
  const publish = async (): Promise<StorageStatus> => {
    await new FilePublisher(t, server.snapshots).publish("default", exampleFiles());
    return STORAGE;
  };
  const engine = { sync: (id: string) => (id === STORAGE.id ? publish() : undefined) };
  const server = await startTestServer(t, { ...options, engine });
  t.is((await ask(server.url, "POST", "api/storages/default/sync?wait=true")).status, 200);
  return server;
}

async function one(t: ExecutionContext, url: string, request: string, head = false): Promise<RawAnswer> {
  const connection = await RawConnection.open(t, url);
  return connection.write(request).answer({ head });
}

/** Some answers of this size are more than the buffers of a connection hold. */
const MEGABYTES = `flags:\n${Array.from(
  { length: 1500 },
  (_, i) => `  - {key: f${i}, name: F, variants: [{key: a, default: true, attachment: {text: "${"x".repeat(2000)}"}}]}`,
).join("\n")}\n`;

/** Their number once those that are closing have closed. */
async function settledSockets(): Promise<number> {
  const seen: number[] = [];
  await eventually(
    async () => {
      seen.push(openSockets());
      return new Set(seen.slice(-10));
    },
    (last) => seen.length >= 10 && last.size === 1,
  );
  return seen.at(-1) ?? 0;
}

const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;

const enabled = ({ body }: RawAnswer): boolean => (JSON.parse(body) as { enabled: boolean }).enabled;
const message = ({ body }: RawAnswer): string => (JSON.parse(body) as { message: string }).message;

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(
    `${processes}: requests on one connection are answered in their order, fast ones behind slow ones too`,
    async (t) => {
      const { url } = await start(t, { serverConfig: { workers } });
      const connection = await RawConnection.open(t, url);
      connection.write(
        rawRequest("GET /api/status") +
          rawRequest(BOOLEAN, [], BANNER) +
          rawRequest("GET /nothing") +
          rawRequest(`GET ${SNAPSHOT}`, [`If-None-Match: ${OPS_DIGEST}`]) +
          rawRequest(BOOLEAN, [], "{") +
          rawRequest(BOOLEAN, [], BANNER),
      );
      const statuses: number[] = [];
      for (let index = 0; index < 6; index += 1) statuses.push((await connection.answer()).status);
      t.deepEqual(statuses, [200, 200, 404, 304, 400, 200]);
    },
  );

  test.serial(`${processes}: HTTP/1.0, with and without Host, on every kind of route`, async (t) => {
    const { url } = await start(t, { serverConfig: { workers } });
    for (const path of ["/health", "/api/status", SNAPSHOT, "/metrics"]) {
      for (const host of ["", "Host: x\r\n"]) {
        const connection = await RawConnection.open(t, url);
        const answer = await connection.write(`GET ${path} HTTP/1.0\r\n${host}\r\n`).answer();
        t.is(answer.status, 200, path);
        t.is(answer.headers["transfer-encoding"], undefined);
        await connection.ended();
      }
    }
  });

  test.serial(`${processes}: offers to upgrade are not taken up`, async (t) => {
    const { url } = await start(t, { serverConfig: { workers } });
    const connection = await RawConnection.open(t, url);
    t.true(enabled(await connection.write(rawRequest(BOOLEAN, H2C, BANNER)).answer()));
    t.is((await connection.write(rawRequest("GET /api/status", H2C)).answer()).status, 200);
    const webSocket = ["Connection: Upgrade", "Upgrade: websocket"];
    t.is((await connection.write(rawRequest("GET /health", webSocket)).answer()).status, 200);
  });

  test.serial(`${processes}: a body announced by Expect is asked for`, async (t) => {
    const { url } = await start(t, { serverConfig: { workers } });
    for (const line of [BOOLEAN, "POST /api/storages/ghost/sync"]) {
      const connection = await RawConnection.open(t, url);
      connection.write(rawRequest(line, [`Content-Length: ${BANNER.length}`, "Expect: 100-continue"]));
      t.is((await connection.answer()).status, 100);
      t.is((await connection.write(BANNER).answer()).status, line === BOOLEAN ? 200 : 404);
    }
  });
}

test("HEAD is a wrong method like any other, and answered without a body", async (t) => {
  const { url } = await start(t);
  const connection = await RawConnection.open(t, url);
  for (const [path, status] of [
    [SNAPSHOT, 501],
    ["/health", 501],
    ["/evaluate/v1/nothing", 404],
    ["/", 404],
    ["/metrics", 200],
  ] as const) {
    t.is((await connection.write(rawRequest(`HEAD ${path}`)).answer({ head: true })).status, status, path);
  }
});

test("a body in chunks is one body; encoded ones are taken as they are, and are no JSON", async (t) => {
  const { url } = await start(t);
  const connection = await RawConnection.open(t, url);
  const chunks = [...BANNER].map((character) => `1\r\n${character}\r\n`).join("");
  connection.write(rawRequest(BOOLEAN, ["Transfer-Encoding: chunked"]) + chunks);
  t.true(enabled(await connection.write("0\r\n\r\n").answer()));
  const gzip = await one(t, url, rawRequest(BOOLEAN, ["Content-Encoding: gzip"], "\x1f\x8b\x08\x00\x00"));
  t.is(gzip.status, 400);
});

test("white space around a body is JSON's own; a byte order mark is none", async (t) => {
  const { url } = await start(t);
  const status = async (body: string): Promise<number> => (await one(t, url, rawRequest(BOOLEAN, [], body))).status;
  t.is(await status(` \t\r\n${BANNER}\n`), 200);
  t.is(await status(" \n"), 404);
  for (const body of [`\xef\xbb\xbf${BANNER}`, "\xc2\xa0", `\x0b${BANNER}`]) t.is(await status(body), 400);
});

test("paths are decoded before they are split, and what is no UTF-8 names nothing", async (t) => {
  const { url } = await start(t);
  const statusOf = async (path: string): Promise<readonly [number, string | undefined]> => {
    const { status, headers } = await one(t, url, rawRequest(`POST ${path}`, [], BANNER));
    return [status, headers["content-type"]];
  };
  for (const path of [
    "/evaluate%2Fv1%2fboolean",
    "/evaluate/v1/bool%65an",
    "/evaluate/v1/boolean%2F",
    "/evaluate/v1/boolean/?a=%zz",
    "http://example.com/evaluate/v1/boolean",
    "HTTP://example.com:80/evaluate/v1/boolean?",
  ]) {
    t.deepEqual(await statusOf(path), [200, "application/json"], path);
  }
  for (const path of [
    "/evaluate/v1/boolean//",
    "/evaluate/v1/./boolean",
    "/evaluate/v1/boolean%00",
    "/evaluate/v1/boolean%ff",
    "/evaluate/v1/boolean;a=1",
    "/evaluate/v1/boolean+",
  ]) {
    t.deepEqual(await statusOf(path), [404, "application/json"], path);
  }
  for (const path of ["//evaluate/v1/boolean", "/evaluate/../evaluate/v1/boolean"]) {
    t.deepEqual(await statusOf(path), [404, "text/plain; charset=utf-8"], path);
  }
  for (const path of [
    "/evaluate/v1/boolean%",
    "/evaluate/v1/%zzboolean",
    "/evaluate/v1/%1",
    "/evaluate/v1/boolean\xff",
  ]) {
    t.is((await statusOf(path))[0], 400, path);
  }
  const umlaut = await one(t, url, rawRequest("GET /internal/v1/evaluation/snapshot/namespace/%C3%A4"));
  t.is(Buffer.from(message(umlaut), "latin1").toString(), 'evaluation snapshot for namespace "ä" not found');
});

test("of headers sent twice the first counts, and their texts are UTF-8", async (t) => {
  const { url } = await start(t);
  const environment = (...values: readonly string[]): Promise<RawAnswer> => {
    const headers = values.map((value) => `X-Flipt-Environment: ${value}`);
    return one(t, url, rawRequest(BOOLEAN, headers, BANNER));
  };
  t.is((await environment("default", "ghost")).status, 200);
  t.regex(message(await environment("ghost", "default")), /environment "ghost" from/);
  t.is((await environment("", "")).status, 200);
  t.is((await environment("   default \t")).status, 200);
  t.regex(Buffer.from(message(await environment("\xc3\xa4")), "latin1").toString(), /environment "ä" from/);
  const namespaces = ["X-Flipt-Namespace: ops", "X-Flipt-Namespace: default"];
  t.is((await one(t, url, rawRequest("POST /ofrep/v1/evaluate/flags/tier", namespaces, "{}"))).status, 200);
});

test("lengths that contradict each other and heads that are too long end the connection with an error", async (t) => {
  const { url } = await start(t);
  for (const [request, status] of [
    [rawRequest(BOOLEAN, ["Content-Length: 3"], BANNER), 400],
    [rawRequest(BOOLEAN, ["Transfer-Encoding: chunked"], BANNER), 400],
    [rawRequest(`GET /${"x".repeat(70_000)}`), 431],
    [rawRequest("GET /health", [`X: ${"y".repeat(70_000)}`]), 431],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["GET /health HTTP/1.1\r\n\r\n", 400],
  ] as const) {
    const connection = await RawConnection.open(t, url);
    t.is((await connection.write(request).answer()).status, status, request.slice(0, 60));
    await connection.ended();
  }
  const long = `/internal/v1/evaluation/snapshot/namespace/${"x".repeat(60_000)}`;
  t.is((await one(t, url, rawRequest(`GET ${long}`))).status, 404);
  t.is((await one(t, url, rawRequest(`GET /api/v1/namespaces/${"x".repeat(60_000)}/flags`))).status, 404);
});

// Alone, since it counts the sockets of the process.
test.serial(
  "clients that send too slowly are answered 408, those that do not read are cut, streams may be silent",
  async (t) => {
    const deadlines = { headersTimeout: 300, requestTimeout: 400, connectionsCheckingInterval: 50, readTimeout: 500 };
    const server = await start(t, { deadlines });
    const { url } = server;
    const stream = await RawConnection.open(t, url);
    stream.write(rawRequest("GET /client/v2/environments/default/namespaces/later/stream"));
    const slow = await Promise.all(
      ["GET /heal", `${BOOLEAN} HTTP/1.1\r\nHost: x\r\nX: y`, rawRequest(BOOLEAN, ["Content-Length: 99"]) + BANNER].map(
        async (begun) => (await RawConnection.open(t, url)).write(begun),
      ),
    );
    for (const connection of slow) {
      t.is((await connection.answer()).status, 408);
      await connection.ended();
    }
    await new FilePublisher(t, server.snapshots).publish("default", { "default/features.yaml": MEGABYTES });
    const deaf = await RawConnection.open(t, url);
    t.is((await deaf.write(rawRequest("GET /health")).answer()).status, 200);
    const sockets = await settledSockets();
    deaf.pause().write(rawRequest("GET /internal/v1/evaluation/snapshot/namespace/default").repeat(16));
    // Who does not read does not see that he is cut either; this process, which serves too, has one socket less.
    await eventually(
      async () => openSockets(),
      (count) => count < sockets,
    );
    deaf.resume();
    const readAll = async (): Promise<void> => {
      for (let read = 0; read < 16; read += 1) t.is((await deaf.answer()).status, 200);
    };
    await t.throwsAsync(readAll, { message: /the connection ended/ });
    t.false(stream.isEnded);
  },
);

test("large bulk answers that wait for their readers, side by side, are each their own", async (t) => {
  const server = await start(t);
  const files = `flags:\n${Array.from(
    { length: 3000 },
    (_, i) =>
      `  - {key: flag-${i}, name: F, type: BOOLEAN_FLAG_TYPE, enabled: false, rollouts: [{threshold: {percentage: 50, value: true}}]}`,
  ).join("\n")}\n`;
  await new FilePublisher(t, server.snapshots).publish("default", { "default/features.yaml": files });
  const body = (entity: string): string => JSON.stringify({ context: { targetingKey: entity } });
  const line = "POST /ofrep/v1/evaluate/flags";
  const entities = Array.from({ length: 24 }, (_, index) => `user-${index}`);
  const expected = new Map<string, string>();
  for (const entity of entities)
    expected.set(entity, (await one(t, server.url, rawRequest(line, [], body(entity)))).body);
  t.is(new Set(expected.values()).size, entities.length);
  const connections = await Promise.all(
    Array.from({ length: 6 }, async (_, first) => {
      const connection = (await RawConnection.open(t, server.url)).pause();
      const asked = [...entities.slice(first * 4), ...entities.slice(0, first * 4)];
      for (const entity of asked) connection.write(rawRequest(line, [], body(entity)));
      return { connection, asked };
    }),
  );
  for (const { connection } of connections) connection.resume();
  await Promise.all(
    connections.map(async ({ connection, asked }) => {
      for (const entity of asked) t.true((await connection.answer()).body === expected.get(entity), entity);
    }),
  );
});
