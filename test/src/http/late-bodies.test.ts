import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Config } from "@vexil/config/config";
import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { tokenMethod } from "../helpers/http/authentication.js";

const BODY = JSON.stringify({ environmentKey: "default", namespaceKey: "default", flagKey: "x", entityId: "e" });
const PATHS = ["/evaluate/v1/boolean", "/evaluate/v1/batch", "/ofrep/v1/evaluate/flags"];
const BODIES: Readonly<Record<string, string>> = {
  "/evaluate/v1/batch": JSON.stringify({ requests: [JSON.parse(BODY)] }),
  "/ofrep/v1/evaluate/flags": JSON.stringify({ context: { targetingKey: "e" } }),
};

interface LateRequest {
  /** Sends the rest of the body; resolves with the answer. */
  finish(): Promise<string>;
}

/** Sends a request but for the end of its body. */
async function begin(t: ExecutionContext, url: string, path: string, token: string): Promise<LateRequest> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  t.teardown(() => socket.destroy());
  await once(socket, "connect");
  const body = BODIES[path] ?? BODY;
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: localhost",
    `Authorization: Bearer ${token}`,
    `Content-Length: ${body.length}`,
    "Connection: close",
    "Expect: 100-continue",
    "",
    "",
  ];
  socket.write(head.join("\r\n"));
  // The server has the head when it asks for the body.
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(socket, "data");
  t.regex(text, /^HTTP\/1\.1 100 /);
  socket.write(body.slice(0, 5));
  return {
    finish: async () => {
      text = "";
      const ended = once(socket, "close");
      socket.write(body.slice(5));
      await ended;
      return text;
    },
  };
}

/** Lets every process get to know a token. */
async function meet(url: string, token: string): Promise<void> {
  for (let times = 0; times < 8; times += 1) {
    const headers = { authorization: `Bearer ${token}`, connection: "close" };
    await (await fetch(`${url}${PATHS[0]}`, { method: "POST", headers, body: BODY })).arrayBuffer();
  }
}

async function start(t: ExecutionContext, workers: number, tokens: object): Promise<InProcessDaemon> {
  const daemon = await inProcessDaemon(t, {
    storage: { main: { backend: { type: "memory" } } },
    environments: { default: { storage: "main" } },
    server: { workers },
    authentication: { required: true, methods: { token: { enabled: true, storage: { tokens } } } },
  });
  await daemon.start();
  return daemon;
}

function withTokens({ daemon }: InProcessDaemon, tokens: Parameters<typeof tokenMethod>[0]): Config {
  const { config } = daemon;
  return { ...config, authentication: { ...config.authentication, methods: [tokenMethod(tokens)] } };
}

for (const workers of [1, 2]) {
  test.serial(
    `an evaluation is not answered whose token is taken away before its body ends (${workers} processes)`,
    async (t) => {
      const daemon = await start(t, workers, { gone: { credential: "gone" }, stays: { credential: "stays" } });
      await Promise.all(["gone", "stays"].map((token) => meet(daemon.url(), token)));
      const [gone, stays] = await Promise.all(
        ["gone", "stays"].map((token) =>
          Promise.all(PATHS.map(async (path) => [path, await begin(t, daemon.url(), path, token)] as const)),
        ),
      );
      await daemon.daemon.reload(withTokens(daemon, { stays: { credential: new Secret("stays") } }));
      for (const [path, request] of gone ?? []) t.regex(await request.finish(), /^HTTP\/1\.1 401 /, path);
      for (const [path, request] of stays ?? []) t.regex(await request.finish(), /^HTTP\/1\.1 (200|404) /, path);
    },
  );
}

test.serial("an evaluation is not answered whose token expires before its body ends", async (t) => {
  const HOUR = 3_600_000;
  const end = new Date(Date.now() + HOUR).toISOString();
  const daemon = await start(t, 1, { short: { credential: "short", expires_at: end } });
  const request = await begin(t, daemon.url(), "/evaluate/v1/boolean", "short");
  const { now } = Date;
  t.teardown(() => {
    Date.now = now;
  });
  Date.now = () => now() + HOUR;
  t.regex(await request.finish(), /^HTTP\/1\.1 401 /);
});
