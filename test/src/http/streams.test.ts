import type { Logger } from "@vexil/plugin-api";
import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { matches } from "../helpers/http/answers.js";
import { tokenMethod } from "../helpers/http/authentication.js";
import { startTestServer, type TestServer } from "../helpers/http/http-server.js";
import { openStream } from "../helpers/http/open-stream.js";
import { plainConfig } from "../helpers/http/plain-config.js";

type Options = NonNullable<Parameters<typeof startTestServer>[1]>;

async function start(t: ExecutionContext, options: Options = {}): Promise<TestServer & { publisher: FilePublisher }> {
  const server = await startTestServer(t, options);
  const publisher = new FilePublisher(t, server.snapshots);
  await publisher.publish("default", exampleFiles());
  return { ...server, publisher };
}

const OPS_DIGEST = "6fdef425110328dee4c33b5eed7838604bac6b36";
const OPS = "client/v2/environments/default/namespaces/ops/stream";
const SSE = { Accept: "text/event-stream" };

/** The example files with another `ops`. */
function changed(n: number): Record<string, string> {
  const files = exampleFiles();
  return { ...files, "ops/features.yaml": `${files["ops/features.yaml"]}# change ${n}\n` };
}

const digestOf = (server: TestServer, namespace = "ops"): string =>
  server.snapshots.get("default")?.snapshot?.namespaces.get(namespace)?.digest ?? "";

test("E33–E34: a state at once, then only what differs, each once", async (t) => {
  const server = await start(t);
  const stream = await openStream(t, `${server.url}/${OPS}`);
  t.deepEqual([stream.status, stream.headers["content-type"]], [200, "application/json"]);
  await stream.until((text) => text.endsWith("}\n"));
  const snapshot = await fetch(`${server.url}/${OPS.replace("stream", "snapshot")}`);
  matches(t, JSON.parse(stream.messages()[0] ?? ""), { result: await snapshot.json() });

  const silent = await openStream(t, `${server.url}/${OPS}?digest=${OPS_DIGEST}`);
  t.is(silent.status, 200);
  await server.publisher.publish("default", changed(1));
  await server.publisher.publish("default", changed(1));
  await silent.until((text) => text.endsWith("}\n"));
  await stream.until(() => stream.messages().length === 2);
  t.is((JSON.parse(silent.messages()[0] ?? "") as { result: { digest: string } }).result.digest, digestOf(server));
  await server.publisher.publish("default", { "default/features.yaml": exampleFiles()["default/features.yaml"] ?? "" });
  await server.publisher.publish("default", changed(2));
  await stream.until(() => stream.messages().length === 3);
  await silent.until(() => silent.messages().length === 2);
});

test("E35 and E43: event streams tell the digest, on both paths", async (t) => {
  const server = await start(t);
  const stream = await openStream(t, `${server.url}/${OPS}`, SSE);
  t.is(stream.headers["content-type"], "text/event-stream");
  const event = `id: 6fdef4251\ndata: {"etag":"${OPS_DIGEST}","type":"refetchEvaluation"}\n\n`;
  t.is(await stream.until((text) => text.endsWith("\n\n")), event);
  const ofrep = await openStream(t, `${server.url}/ofrep/v1/_stream/default/default/events`, {
    Accept: "text/event-stream, */*",
  });
  const digest = "b5f71a874abf593500ae96b84ef80c9a67ef111e";
  t.is(
    await ofrep.until((text) => text.endsWith("\n\n")),
    `id: b5f71a874\ndata: {"etag":"${digest}","type":"refetchEvaluation"}\n\n`,
  );
  // Anything but exactly this type is the other framing.
  const ndjson = await openStream(t, `${server.url}/${OPS}`, { Accept: "text/event-stream, */*" });
  t.is(ndjson.headers["content-type"], "application/json");
});

test("E36: failures before the first message are framed and have their status", async (t) => {
  const server = await start(t, {
    config: {
      authentication: {
        ...plainConfig().authentication,
        required: true,
        methods: [tokenMethod({ ci: { credential: new Secret("t0ken") } })],
      },
    },
  });
  const token = { Authorization: "Bearer t0ken" };
  const message = "invalid field digest: must be a 40-character string";
  const bad = await openStream(t, `${server.url}/${OPS}?digest=abc`, token);
  await bad.ended;
  t.deepEqual([bad.status, bad.text()], [400, `${JSON.stringify({ error: { code: 3, message, details: [] } })}\n`]);
  const badSse = await openStream(t, `${server.url}/${OPS}?digest=abc`, { ...token, ...SSE });
  await badSse.ended;
  t.is(badSse.text(), `data: ${JSON.stringify({ code: 3, message, type: "error" })}\n\n`);
  const anonymous = await openStream(t, `${server.url}/${OPS}`);
  await anonymous.ended;
  t.deepEqual([anonymous.status, anonymous.headers["www-authenticate"]], [401, undefined]);
  t.true(anonymous.text().startsWith('{"error":{"code":16,'));
  const unknown = await openStream(t, `${server.url}/${OPS.replace("default", "prod")}`, {
    ...token,
    "X-Flipt-Environment": "prod",
  });
  await unknown.ended;
  t.is(unknown.status, 404);
});

test("a digest of 32 characters, as namespaces of several documents have, is taken", async (t) => {
  const server = await start(t);
  const ops = exampleFiles()["ops/features.yaml"] ?? "";
  await server.publisher.publish("default", { "ops/features.yaml": `${ops}---\n${ops}` });
  const digest = digestOf(server);
  t.is(digest.length, 32);
  const stream = await openStream(t, `${server.url}/${OPS}?digest=${digest}`);
  t.is(stream.status, 200);
  await server.publisher.publish("default", changed(1));
  await stream.until(() => stream.messages().length === 1);
});

test("an unknown namespace stays silent until it appears; headers are there at once", async (t) => {
  const server = await start(t);
  const stream = await openStream(t, `${server.url}/client/v2/environments/default/namespaces/later/stream`, SSE);
  t.is(stream.text(), "");
  await server.publisher.publish("default", { ...exampleFiles(), "later/features.yaml": "namespace: later\n" });
  await stream.until((text) => text.includes(digestOf(server, "later")));
});

test("branch environments stream, and a branch that goes away ends its streams", async (t) => {
  const server = await start(t);
  server.publisher.declare("try", { base: "default" });
  await server.publisher.publish("try", exampleFiles());
  const stream = await openStream(t, `${server.url}/client/v2/environments/try/namespaces/ops/stream`, SSE);
  await stream.until((text) => text.includes(OPS_DIGEST));
  server.snapshots.remove("try");
  await stream.ended;
  t.true(stream.text().endsWith('"type":"error"}\n\n'));
});

test("event streams have heartbeats, NDJSON has none", async (t) => {
  const server = await start(t, { heartbeatMs: 20 });
  const events = await openStream(t, `${server.url}/${OPS}`, SSE);
  const lines = await openStream(t, `${server.url}/${OPS}`);
  await events.until((text) => text.endsWith(":\n\n:\n\n:\n\n"));
  t.is(lines.messages().length, 1);
  t.true(lines.text().endsWith("}\n"));
});

test("a gzip stream is one gzip stream: flushed for each message, and whole when it ends", async (t) => {
  const server = await start(t);
  const stream = await openStream(t, `${server.url}/${OPS}`, { "Accept-Encoding": "gzip" });
  t.is(stream.headers["content-encoding"], "gzip");
  await stream.until(() => stream.messages().length === 1);
  for (let n = 1; n <= 3; n++) {
    await server.publisher.publish("default", changed(n));
    await stream.until(() => stream.messages().length === n + 1);
  }
  const plain = await openStream(t, `${server.url}/${OPS}`);
  await plain.until(() => plain.messages().length === 1);
  t.is(stream.messages().at(-1), plain.messages()[0]);
  const events = await openStream(t, `${server.url}/${OPS}`, { ...SSE, "Accept-Encoding": "gzip" });
  t.is(events.headers["content-encoding"], undefined);
  server.snapshots.remove("default");
  await stream.ended;
  t.true(stream.text().endsWith('"details":[]}}\n'));
});

/** More than a socket's buffers hold. */
const big = (n: number): Record<string, string> => ({
  "ops/features.yaml": `namespace: ops\nflags:\n${Array.from(
    { length: 2000 },
    (_, i) =>
      `  - {key: f${i}, name: F, variants: [{key: a, default: true, attachment: {text: "${"x".repeat(2000)}${n}"}}]}`,
  ).join("\n")}\n`,
});

test("a subscriber that never reads delays nobody", async (t) => {
  const server = await start(t);
  await server.publisher.publish("default", big(0));
  const slow = await openStream(t, `${server.url}/${OPS}`, {}, { read: false });
  let cut = false;
  slow.response.once("close", () => {
    cut = true;
  });
  const reader = await openStream(t, `${server.url}/${OPS}`);
  for (const n of [1, 2]) {
    await reader.until(() => reader.messages().length === n);
    if (n === 1) await server.publisher.publish("default", big(1));
  }
  t.false(cut);
});

test("a subscriber that never reads is cut after its time, and only it", async (t) => {
  let dropped = (): void => {};
  const whenDropped = new Promise<void>((resolve) => {
    dropped = resolve;
  });
  const logger: Logger = { log: (_level, event) => event === "stream.dropped" && dropped(), child: () => logger };
  const server = await start(t, { stallMs: 300, logger });
  await server.publisher.publish("default", big(0));
  const reader = await openStream(t, `${server.url}/${OPS}`, SSE);
  const slow = await openStream(t, `${server.url}/${OPS}`, {}, { read: false });
  const cut = new Promise<void>((resolve) => slow.response.once("close", resolve));
  await whenDropped;
  slow.response.resume();
  await cut;
  t.false(slow.response.complete);
  await server.publisher.publish("default", changed(1));
  await reader.until((text) => text.includes(digestOf(server)));
});

test("streams end when the server drains", async (t) => {
  // Never reached: it is the drain that ends them.
  const server = await start(t, { serverConfig: { shutdownTimeoutMs: 600_000 } });
  const stream = await openStream(t, `${server.url}/${OPS}`, SSE);
  await stream.until((text) => text.includes(OPS_DIGEST));
  await server.server.close();
  await stream.ended;
  t.true(stream.response.complete);
});
