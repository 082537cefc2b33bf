import { execFile } from "node:child_process";
import { request as tlsRequest } from "node:https";
import { promisify } from "node:util";
import type { Engine } from "@vexil/engine/model/engine";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { startTestServer, type TestServer } from "../helpers/http/http-server.js";
import {
  answerOf,
  type Http2Answer,
  http2Session,
  NGHTTP2_CANCEL,
  NGHTTP2_NO_ERROR,
  openEvents,
  send,
  type TlsFiles,
  tlsFiles,
} from "../helpers/http/http2-client.js";
import { END_HEADERS, END_STREAM, FRAME, frame, headerBlock, OPENING, rawHttp2 } from "../helpers/http/http2-frames.js";
import { DEFAULT_LIMITS } from "../helpers/http/server-limits.js";

const run = promisify(execFile);

const BOOLEAN = "/evaluate/v1/boolean";
const EVALUATION = JSON.stringify({ namespaceKey: "default", flagKey: "banner", entityId: "u", context: {} });
const SNAPSHOT = "/client/v2/environments/default/namespaces/default/snapshot";
const STREAM = "/client/v2/environments/default/namespaces/default/stream";
const NAMESPACES = "/api/v2/environments/default/namespaces";

interface Started extends TestServer {
  readonly publisher: FilePublisher;
  readonly caPath: string;
}

let tls: TlsFiles;
const undo: (() => unknown)[] = [];
test.before("make a certificate", async () => {
  tls = await tlsFiles({ teardown: (step) => undo.push(step) });
});
test.after.always("throw it away", async () => {
  for (const step of undo) await step();
});

async function start(t: ExecutionContext, options: Parameters<typeof startTestServer>[1] = {}): Promise<Started> {
  const serverConfig = { ...tls.server, ...options.serverConfig };
  const started = await startTestServer(t, { ...options, serverConfig });
  const publisher = new FilePublisher(t, started.snapshots);
  await publisher.publish("default", exampleFiles());
  return { ...started, publisher, caPath: tls.certificate.caPath };
}

/** Sends a request by HTTP/1.1. */
function overHttp1(url: string, method: string, path: string, body: string | undefined): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    const { ca } = tls.certificate;
    const request = tlsRequest(`${url}${path}`, { method, ca, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, text, code: 0 });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "upgrade"] as const;
const OF_ONE_REQUEST = /"requestId":"[^"]*"|"requestDurationMillis":[\d.e-]+|"timestamp":"[^"]*"/g;

test("HTTP/2 and HTTP/1.1 answer alike at one port, and HTTP/2 without headers of connections", async (t) => {
  const { url, caPath } = await start(t);
  const session = await http2Session(t, url, { caPath });
  for (const [method, path, body] of [
    ["POST", BOOLEAN, EVALUATION],
    ["POST", BOOLEAN, "{"],
    ["POST", "/evaluate/v1/batch", JSON.stringify({ requests: [JSON.parse(EVALUATION)] })],
    ["POST", "/ofrep/v1/evaluate/flags", JSON.stringify({ context: { targetingKey: "u" } })],
    ["GET", SNAPSHOT, undefined],
    ["GET", NAMESPACES, undefined],
    ["GET", "/openapi.json", undefined],
    ["GET", "/health", undefined],
    ["GET", "/nowhere", undefined],
    ["DELETE", NAMESPACES, undefined],
    ["HEAD", "/health", undefined],
  ] as const) {
    const [newer, older] = await Promise.all([
      send(session, method, path, { ...(body !== undefined && { body }) }),
      overHttp1(url, method, path, body),
    ]);
    t.is(newer.code, NGHTTP2_NO_ERROR);
    t.is(newer.status, older.status, `${method} ${path}`);
    t.is(newer.text.replace(OF_ONE_REQUEST, ""), older.text.replace(OF_ONE_REQUEST, ""));
    t.is(newer.headers["content-type"], older.headers["content-type"]);
    t.is(newer.headers.etag, older.headers.etag);
    for (const name of HOP_BY_HOP) t.false(name in newer.headers, `${method} ${path}: ${name}`);
  }
});

test("curl chooses HTTP/2 by itself, and HTTP/1.1 when told to", async (t) => {
  const { url, caPath } = await start(t);
  const curl = async (...options: readonly string[]): Promise<string> => {
    const write = ["--silent", "--output", "/dev/null", "--write-out", "%{http_version} %{http_code}"];
    return (await run("curl", ["--cacert", caPath, ...write, ...options])).stdout;
  };
  t.is(await curl(`${url}${SNAPSHOT}`), "2 200");
  t.is(await curl("--data", EVALUATION, `${url}${BOOLEAN}`), "2 200");
  t.is(await curl("--http1.1", "--data", EVALUATION, `${url}${BOOLEAN}`), "1.1 200");
  t.is(
    await curl(
      "--http1.1",
      "--header",
      "Connection: Upgrade, HTTP2-Settings",
      "--header",
      "Upgrade: h2c",
      `${url}/health`,
    ),
    "1.1 200",
  );
});

test("a body whose length is not told reaches its route", async (t) => {
  const writes: unknown[] = [];
  const { url, caPath } = await start(t, { engine: countWrites(writes) });
  const session = await http2Session(t, url, { caPath });
  const refused = await send(session, "POST", NAMESPACES, { body: "{" });
  t.regex(refused.text, /unexpected EOF/);
  await send(session, "POST", NAMESPACES, { body: '{"key":"team","name":"Team"}' });
  t.is(writes.length, 1);
});

test("a body that is cut off is not taken for a whole one", async (t) => {
  const writes: unknown[] = [];
  const { url, caPath } = await start(t, { engine: countWrites(writes) });
  const head = headerBlock({ ":method": "POST", ":scheme": "https", ":authority": "localhost", ":path": NAMESPACES });
  const body = Buffer.from('{"key":"team","name":"Team"}');
  const begun = [OPENING, frame(FRAME.headers, END_HEADERS, 1, head), frame(FRAME.data, 0, 1, body)];
  const codes = [NGHTTP2_CANCEL, NGHTTP2_NO_ERROR].map((code) => Buffer.from([0, 0, 0, code]));
  for (const cut of [...codes.map((code) => frame(FRAME.reset, 0, 1, code)), undefined]) {
    const socket = await rawHttp2(t, url, tls.certificate.ca);
    await new Promise((sent) => socket.write(Buffer.concat([...begun, ...(cut === undefined ? [] : [cut])]), sent));
    if (cut === undefined) socket.end();
  }
  const session = await http2Session(t, url, { caPath });
  // Whole, it is one.
  const socket = await rawHttp2(t, url, tls.certificate.ca);
  socket.write(Buffer.concat([...begun, frame(FRAME.data, END_STREAM, 1)]));
  await eventually(
    () => send(session, "GET", "/health"),
    () => writes.length > 0,
  );
  await send(session, "GET", "/health");
  t.is(writes.length, 1);
});

test("1,000 streams of one connection get each new state", async (t) => {
  const { url, caPath, publisher } = await start(t);
  const session = await http2Session(t, url, { caPath });
  const streams = Array.from({ length: 1000 }, () => openEvents(session, STREAM));
  await Promise.all(streams.map(({ until }) => until((text) => text.includes("\n\n"))));
  const files = exampleFiles();
  const fresh = "flags:\n  - {key: fresh, name: Fresh, type: BOOLEAN_FLAG_TYPE, enabled: true}\n";
  const changed = files["default/features.yaml"]?.replace(/^flags:\n/m, fresh) ?? "";
  t.true(changed.includes(fresh));
  await publisher.publish("default", { ...files, "default/features.yaml": changed });
  await Promise.all(streams.map(({ until }) => until((text) => text.split("refetchEvaluation").length === 3)));
  // Beside them the same connection answers, and streams beyond the limit are told so.
  t.is((await send(session, "POST", BOOLEAN, { body: EVALUATION })).status, 200);
  for (const { stream } of streams) stream.close(NGHTTP2_CANCEL);
  const { text } = await eventually(
    () => send(session, "GET", "/metrics"),
    (metrics) => !/streams_in_progress\{.*\} [1-9]/.test(metrics.text),
  );
  t.regex(text, /flipt_evaluations_streams/);
});

test("requests beyond the connections of an address are refused, each by itself", async (t) => {
  const { url, caPath } = await start(t, { serverConfig: { limits: { ...DEFAULT_LIMITS, connectionsPerAddress: 6 } } });
  const session = await http2Session(t, url, { caPath });
  const streams = Array.from({ length: 5 }, () => openEvents(session, STREAM));
  await Promise.all(streams.map(({ until }) => until((text) => text.includes("\n\n"))));
  const refused = await send(session, "POST", BOOLEAN, { body: EVALUATION });
  t.is(refused.status, 429);
  t.regex(refused.text, /connections_per_address/);
  streams[0]?.stream.close(NGHTTP2_CANCEL);
  await eventually(
    () => send(session, "POST", BOOLEAN, { body: EVALUATION }),
    ({ status }) => status === 200,
  );
});

test("a name that is not this daemon's is refused as by HTTP/1.1, and two names that differ, too", async (t) => {
  const { url, caPath } = await start(t);
  const session = await http2Session(t, url, { caPath });
  const asked = (path: string, headers: Readonly<Record<string, string>>): Promise<Http2Answer> =>
    send(session, "GET", path, { headers });
  t.is((await asked(SNAPSHOT, { ":authority": "flags.example.com" })).status, 403);
  t.is((await asked(SNAPSHOT, { ":authority": "localhost" })).status, 200);
  t.is((await asked(NAMESPACES, { ":authority": "localhost", host: "localhost" })).status, 200);
  t.is((await asked(NAMESPACES, { ":authority": "localhost", host: "127.0.0.1" })).status, 400);
  const body = '{"key":"team","name":"Team"}';
  const { status } = await send(session, "POST", NAMESPACES, { headers: { origin: "https://evil.example" }, body });
  t.is(status, 403);
});

test("a path that begins with no slash leads nowhere", async (t) => {
  const { url, caPath } = await start(t);
  const session = await http2Session(t, url, { caPath });
  // Of a scheme that it does not know the library lets any path through.
  const headers = { ":scheme": "other" };
  for (const path of ["xmetrics", "*metrics", "metrics", `x${NAMESPACES.slice(1)}`, "/metrics#%"]) {
    t.is((await send(session, "GET", path, { headers })).status, 400, path);
  }
  const evaluated = await send(session, "POST", `x${BOOLEAN.slice(1)}`, { headers, body: EVALUATION });
  t.is(evaluated.status, 400);
  t.is((await send(session, "GET", "/metrics", { headers })).status, 200);
});

function countWrites(writes: unknown[]): Partial<Engine> {
  return {
    write: async (request) => {
      writes.push(request);
      throw new Error("counted, and not done");
    },
  };
}

test("answers over TLS say that browsers are to come by TLS alone, where that is configured", async (t) => {
  for (const workers of [1, 2]) {
    const { url, caPath } = await start(t, { serverConfig: { workers, strictTransport: "max-age=60" } });
    const session = await http2Session(t, url, { caPath });
    for (const path of [SNAPSHOT, "/health", "/openapi.json", "/nowhere"]) {
      t.is((await send(session, "GET", path)).headers["strict-transport-security"], "max-age=60");
      t.is((await overHttp1(url, "GET", path, undefined)).headers["strict-transport-security"], "max-age=60");
    }
  }
  const { url, caPath } = await start(t);
  const { headers } = await send(await http2Session(t, url, { caPath }), "GET", "/health");
  t.false("strict-transport-security" in headers);
});

test("many requests at once are all answered", async (t) => {
  const { url, caPath } = await start(t);
  const session = await http2Session(t, url, { caPath });
  const answers = await Promise.all(
    Array.from({ length: 2000 }, () => send(session, "POST", BOOLEAN, { body: EVALUATION })),
  );
  t.true(answers.every(({ status, code }) => status === 200 && code === NGHTTP2_NO_ERROR));
  const large = await Promise.all(Array.from({ length: 200 }, () => send(session, "GET", "/openapi.json")));
  t.true(large.every(({ status, text }) => status === 200 && text === large[0]?.text));
});

test("an answer before the body has come is whole, and ends the request", async (t) => {
  const { url, caPath } = await start(t);
  const session = await http2Session(t, url, { caPath });
  for (let index = 0; index < 50; index += 1) {
    const stream = session.request({ ":method": "POST", ":path": "/openapi.json" });
    stream.write("{");
    const answer = await answerOf(stream);
    t.true(answer.status >= 400);
    t.true(answer.text.endsWith("}"));
    t.is(answer.code, NGHTTP2_NO_ERROR);
  }
});
