import { once } from "node:events";
import { connect } from "node:net";
import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { tokenMethod } from "../helpers/http/authentication.js";
import { startTestServer, type TestServer } from "../helpers/http/http-server.js";
import { NO_SESSIONS } from "../helpers/http/no-sessions.js";
import { RawConnection } from "../helpers/http/raw-exchange.js";
import { storageStatus } from "../helpers/http/storage-status.js";
import { storageConfig } from "../helpers/plugins/plugin-config.js";

/** Far below what an unfinished request may take, and far above what an answer does. */
const SOON_MS = 20_000;

const NAMESPACES = "/api/v2/environments/default/namespaces";
const SIGNED = `X-Hub-Signature-256: sha256=${"0".repeat(64)}`;

const TOKEN = {
  required: true,
  exclude: { evaluation: false, ofrep: false },
  session: NO_SESSIONS,
  methods: [tokenMethod({ ci: { credential: new Secret("token") } })],
};

function start(t: ExecutionContext, options: Parameters<typeof startTestServer>[1] = {}): Promise<TestServer> {
  const webhook = { type: "github", secret: new Secret("secret"), username: undefined };
  return startTestServer(t, {
    ...options,
    serverConfig: { workers: 2, ...options.serverConfig },
    config: {
      storages: new Map([["main", storageConfig("memory", {}, { id: "main", webhook })]]),
      ...options.config,
    },
  });
}

/** Sends the head of a request and a part of its body, from one connection. */
async function unfinished(t: ExecutionContext, url: string, line: string, headers: readonly string[]): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  t.teardown(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.resume();
  socket.write([`${line} HTTP/1.1`, "Host: localhost", "Content-Length: 1000", ...headers, "", '{"key":'].join("\r\n"));
}

async function status(url: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const response = await fetch(`${url}${path}`, { headers, signal: AbortSignal.timeout(SOON_MS) });
  await response.arrayBuffer();
  return response.status;
}

test.serial("bodies that do not come keep nobody waiting, whatever route they are for", async (t) => {
  const { url, storages } = await start(t);
  storages.push(storageStatus());
  for (const [line, headers] of [
    ["POST /hooks/main", [SIGNED]],
    ["POST /hooks/ghost", []],
    [`POST ${NAMESPACES}`, []],
    [`DELETE ${NAMESPACES}/x`, []],
    ["POST /api/storages/main/sync", []],
    ["GET /api/status", []],
    ["POST /nothing", []],
  ] as const) {
    // All together several times what a worker may have open to the process that owns the storages.
    await Promise.all(Array.from({ length: 260 }, () => unfinished(t, url, line, headers)));
  }
  for (let round = 0; round < 5; round += 1) {
    for (const path of ["/health", "/health/live", "/health/ready", "/metrics", "/api/status", "/api/v1/flags"]) {
      t.is(await status(url, path), 200, path);
    }
    const unsigned = await fetch(`${url}/hooks/main`, { method: "POST", signal: AbortSignal.timeout(SOON_MS) });
    t.is(unsigned.status, 401);
  }
});

test.serial("writes that wait keep no read waiting, and probes are answered by who accepts them", async (t) => {
  let waiting = 0;
  const { url } = await start(t, {
    engine: {
      sync: () => {
        waiting += 1;
        return new Promise(() => {});
      },
    },
  });
  const connections = Array.from({ length: 1_000 }, () => RawConnection.open(t, url));
  for (const connection of await Promise.all(connections)) {
    connection.write("POST /api/storages/main/sync?wait=true HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
  }
  await eventually(
    async () => waiting,
    (count) => count >= 512,
  );
  for (let round = 0; round < 5; round += 1) {
    for (const path of ["/health", "/api/status", "/metrics"]) t.is(await status(url, path), 200, path);
  }
});

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(`${processes}: who shows no credential is told before the body has come`, async (t) => {
    const { url } = await start(t, { serverConfig: { workers }, config: { authentication: TOKEN } });
    const head = async (line: string, headers: readonly string[], body = ""): Promise<number> => {
      const connection = await RawConnection.open(t, url);
      connection.write([`${line} HTTP/1.1`, "Host: localhost", ...headers, "", body].join("\r\n"));
      return (await connection.answer()).status;
    };
    const length = "Content-Length: 1000";
    // What a body is does not matter to these.
    t.is(await head(`DELETE ${NAMESPACES}/x`, [length]), 401);
    t.is(await head("GET /api/status", [length]), 401);
    t.is(await head("GET /api/status", ["Transfer-Encoding: chunked"]), 401);
    t.is(await head("POST /hooks/main", [length]), 401);
    t.is(await head("POST /hooks/main", [length, "X-Gitlab-Token: guess"]), 401);
    t.is(await head("POST /nothing", [length]), 404);
    t.is(await head("POST /api/status", [length]), 501);
    // These tell anybody that a body is no JSON, but read no large one for it.
    const large = "x".repeat(100_000);
    for (const line of [`POST ${NAMESPACES}`, "POST /evaluate/v1/boolean", "POST /ofrep/v1/evaluate/flags"]) {
      t.is(await head(line, ["Content-Length: 1"], "{"), 400, line);
      t.is(await head(line, ["Content-Length: 2"], "{}"), 401, line);
      t.is(await head(line, ["Content-Length: 0"]), 401, line);
      t.is(await head(line, [`Content-Length: ${large.length}`], large), 401, line);
    }
    t.is(await head(`POST ${NAMESPACES}`, ["Content-Length: 1", "Authorization: Bearer token"], "{"), 400);
  });

  test.serial(`${processes}: an OFREP stream is refused for its token before its Accept is looked at`, async (t) => {
    const stream = "/ofrep/v1/_stream/default/default/events";
    const { url, server } = await start(t, { serverConfig: { workers }, config: { authentication: TOKEN } });
    for (const accept of ["*/*", "application/json", "text/event-stream"]) {
      t.is(await status(url, stream, { accept }), 401, accept);
    }
    t.is(await status(url, stream, { accept: "*/*", authorization: "Bearer token" }), 406);
    await server.close();
    const open = { ...TOKEN, exclude: { evaluation: false, ofrep: true } };
    const { url: opened } = await start(t, { serverConfig: { workers }, config: { authentication: open } });
    t.is(await status(opened, stream, { accept: "*/*" }), 406);
  });

  test.serial(
    `${processes}: hooks of storages with a webhook, without one, and of none are answered alike`,
    async (t) => {
      const plain = storageConfig("memory", {}, { id: "plain" });
      const webhook = { type: "github", secret: new Secret("secret"), username: undefined };
      const { url } = await start(t, {
        serverConfig: { workers },
        config: {
          storages: new Map([
            ["main", storageConfig("memory", {}, { id: "main", webhook })],
            ["plain", plain],
          ]),
        },
      });
      const proofs: Readonly<Record<string, string>>[] = [
        {},
        { "x-hub-signature-256": `sha256=${"0".repeat(64)}` },
        { "x-gitlab-token": "guess" },
        { authorization: "Basic aG9vazpndWVzcw==" },
        { "x-vexil-signature": "sha256=1" },
      ];
      for (const headers of proofs) {
        const answers = await Promise.all(
          ["main", "plain", "ghost"].map(async (id) => {
            const response = await fetch(`${url}/hooks/${id}`, { method: "POST", body: "{}", headers });
            const names = [...response.headers.keys()].filter((name) => name !== "date" && name !== "content-length");
            return [response.status, names, (await response.text()).replaceAll(id, "ID")] as const;
          }),
        );
        t.is(answers[0]?.[0], 401, JSON.stringify(headers));
        t.deepEqual(answers[1], answers[0], JSON.stringify(headers));
        t.deepEqual(answers[2], answers[0], JSON.stringify(headers));
      }
      // Neither tells a body that does not come whether there is a webhook.
      for (const id of ["main", "plain", "ghost"]) {
        const tooLarge = await fetch(`${url}/hooks/${id}`, {
          method: "POST",
          body: "x".repeat(1_000_001),
          headers: proofs[1] ?? {},
        });
        t.is(tooLarge.status, 413);
      }
    },
  );
}
