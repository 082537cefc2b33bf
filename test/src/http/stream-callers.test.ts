import type { Config } from "@vexil/config/config";
import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { tokenMethod } from "../helpers/http/authentication.js";
import { type OpenStream, openStream } from "../helpers/http/open-stream.js";

const STREAMS = {
  ndjson: ["client/v2/environments/default/namespaces/default/stream", "application/json"],
  sse: ["client/v2/environments/default/namespaces/default/stream", "text/event-stream"],
  ofrep: ["ofrep/v1/_stream/default/default/events", "text/event-stream"],
} as const;

async function start(
  t: ExecutionContext,
  workers: number,
  tokens: object,
  more: object = {},
): Promise<InProcessDaemon> {
  const daemon = await inProcessDaemon(t, {
    storage: { main: { backend: { type: "memory" } } },
    environments: { default: { storage: "main" } },
    server: { workers },
    authentication: { required: true, methods: { token: { enabled: true, storage: { tokens } } } },
    ...more,
  });
  await daemon.start();
  return daemon;
}

function open(t: ExecutionContext, daemon: InProcessDaemon, token: string): Promise<readonly OpenStream[]> {
  return Promise.all(
    Object.values(STREAMS).map(([path, accept]) =>
      openStream(t, `${daemon.url()}/${path}`, { accept, authorization: `Bearer ${token}` }),
    ),
  );
}

/** The same configuration with other tokens. */
function withTokens({ daemon }: InProcessDaemon, tokens: Parameters<typeof tokenMethod>[0]): Config {
  const { config } = daemon;
  return { ...config, authentication: { ...config.authentication, methods: [tokenMethod(tokens)] } };
}

for (const workers of [1, 2]) {
  test(`a stream ends when its token expires or is taken away, and others stay (${workers} processes)`, async (t) => {
    const end = new Date(Date.now() + 20_000).toISOString();
    const daemon = await start(t, workers, {
      short: { credential: "short-token", expires_at: end },
      gone: { credential: "gone-token" },
      stays: { credential: "stays-token" },
    });
    const [short, gone, stays] = await Promise.all(
      ["short-token", "gone-token", "stays-token"].map((token) => open(t, daemon, token)),
    );
    for (const { status } of [...(short ?? []), ...(gone ?? []), ...(stays ?? [])]) t.is(status, 200);
    await daemon.daemon.reload(
      withTokens(daemon, {
        short: { credential: new Secret("short-token"), expires_at: end },
        stays: { credential: new Secret("stays-token") },
      }),
    );
    await Promise.all((gone ?? []).map(({ ended }) => ended));
    await Promise.all((short ?? []).map(({ ended }) => ended));
    t.true(Date.now() >= Date.parse(end), "not before its time");
    for (const stream of [...(gone ?? []), ...(short ?? [])])
      t.true(stream.text().includes("request was not authenticated"));
    const refused = await openStream(t, `${daemon.url()}/${STREAMS.sse[0]}`, { authorization: "Bearer short-token" });
    t.is(refused.status, 401);
    for (const stream of stays ?? []) t.false(stream.text().includes("authenticated"));
  });
}

for (const workers of [1, 2]) {
  test.serial(
    `a stream is its caller's of now: it ends with new rights and a new end, and others stay (${workers} processes)`,
    async (t) => {
      const authorization = {
        required: true,
        roles: { reader: [{ actions: ["evaluate"] }] },
        bindings: [{ role: "reader", match: { token: "ci-*" } }],
      };
      const tokens = {
        "ci-renamed": { credential: "renamed-token" },
        "ci-short": { credential: "short-token" },
        "ci-stays": { credential: "stays-token" },
      };
      const daemon = await start(t, workers, tokens, { authorization });
      const [renamed, short, stays] = await Promise.all(
        ["renamed-token", "short-token", "stays-token"].map((token) => open(t, daemon, token)),
      );
      for (const { status } of [...(renamed ?? []), ...(short ?? []), ...(stays ?? [])]) t.is(status, 200);
      const end = new Date(Date.now() + 8000).toISOString();
      await daemon.daemon.reload(
        withTokens(daemon, {
          renamed: { credential: new Secret("renamed-token") },
          "ci-short": { credential: new Secret("short-token"), expires_at: end },
          "ci-moved": { credential: new Secret("stays-token") },
        }),
      );
      await Promise.all((renamed ?? []).map(({ ended }) => ended));
      for (const stream of renamed ?? []) t.true(stream.text().includes("permission denied"), stream.text());
      await Promise.all((short ?? []).map(({ ended }) => ended));
      t.true(Date.now() >= Date.parse(end), "not before its time");
      for (const stream of short ?? []) t.true(stream.text().includes("request was not authenticated"));
      for (const stream of stays ?? []) t.notRegex(stream.text(), /denied|authenticated/);
    },
  );
}
