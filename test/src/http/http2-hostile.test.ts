import { once } from "node:events";
import type { ClientHttp2Session } from "node:http2";
import { connect as connectTcp } from "node:net";
import { duplexPair } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls, type TLSSocket } from "node:tls";
import test, { type ExecutionContext } from "ava";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { startTestServer } from "../helpers/http/http-server.js";
import {
  answerOf,
  http2Session,
  NGHTTP2_CANCEL,
  NGHTTP2_NO_ERROR,
  openEvents,
  send,
  sessionEnd,
  type TlsFiles,
  tlsFiles,
} from "../helpers/http/http2-client.js";
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  framesOf,
  headerBlock,
  OPENING,
  rawHttp2,
} from "../helpers/http/http2-frames.js";

const BOOLEAN = "/evaluate/v1/boolean";
const EVALUATION = JSON.stringify({ namespaceKey: "default", flagKey: "banner", entityId: "u", context: {} });
const SNAPSHOT = "/client/v2/environments/default/namespaces/default/snapshot";
const STREAM = "/client/v2/environments/default/namespaces/default/stream";
const DEADLINE_MS = 60_000;

let tls: TlsFiles;
const undo: (() => unknown)[] = [];
test.before("make a certificate", async () => {
  tls = await tlsFiles({ teardown: (step) => undo.push(step) });
});
test.after.always("throw it away", async () => {
  for (const step of undo) await step();
});

function getBlock(path: string): Buffer {
  return headerBlock({ ":method": "GET", ":scheme": "https", ":authority": "localhost", ":path": path });
}

type Deadlines = NonNullable<NonNullable<Parameters<typeof startTestServer>[1]>["deadlines"]>;

/** A server whose deadlines are looked at often, and are far away unless the test says otherwise. */
async function start(
  t: ExecutionContext,
  deadlines: Deadlines,
): Promise<{ url: string; connect: () => Promise<ClientHttp2Session> }> {
  const { url, snapshots } = await startTestServer(t, {
    serverConfig: tls.server,
    deadlines: { connectionsCheckingInterval: 20, ...deadlines },
  });
  const filler = Array.from(
    { length: 2000 },
    (_, index) => `  - {key: filler-${index}, name: Filler ${index}, type: BOOLEAN_FLAG_TYPE, enabled: true}`,
  );
  const files = exampleFiles();
  const large = `${files["default/features.yaml"]?.replace(/^flags:\n/m, `flags:\n${filler.join("\n")}\n`)}`;
  await new FilePublisher(t, snapshots).publish("default", { ...files, "default/features.yaml": large });
  return { url, connect: () => http2Session(t, url, tls.certificate) };
}

/** A crowded machine may not be done with a handshake within a short deadline. */
async function inTime<Opened>(open: () => Promise<Opened>): Promise<Opened> {
  const late = performance.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (performance.now() > late) throw error;
    }
  }
}

/** The server is done with its part of the handshake only when it answers. */
function answering(open: () => Promise<ClientHttp2Session>): Promise<ClientHttp2Session> {
  return inTime(async () => {
    const session = await open();
    await send(session, "GET", "/health");
    return session;
  });
}

/** However it ends: who still writes when the other side closes may get a reset. */
function closed(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) return resolve();
    const late = setTimeout(() => reject(new Error("the connection is still open")), DEADLINE_MS);
    socket.once("close", () => {
      clearTimeout(late);
      resolve();
    });
  });
}

test("a connection on which no request comes is closed, whatever comes instead", async (t) => {
  const { url } = await start(t, { headersTimeout: 300 });
  const sockets = await Promise.all([1, 2, 3].map(() => inTime(() => rawHttp2(t, url, tls.certificate.ca))));
  const [, polite, half] = sockets;
  polite?.write(OPENING);
  // A head that begins, and goes on byte by byte.
  half?.write(Buffer.concat([OPENING, frame(FRAME.headers, 1, 1, Buffer.from([0x82, 0x87]))]));
  const drip = setInterval(() => half?.writable && half.write(frame(FRAME.continuation, 0, 1)), 50);
  t.teardown(() => clearInterval(drip));
  await Promise.all(sockets.map(closed));
  t.true(sockets.every((socket) => socket.destroyed));
});

test("a handshake that is ended after its deadline ends its connection, and not the process", async (t) => {
  const { url, connect: open } = await start(t, { headersTimeout: 300 });
  const { ca } = tls.certificate;
  const { hostname, port } = new URL(url);
  const begin = async (): Promise<{ end: Promise<void>; late: () => void }> => {
    const tcp = connectTcp(Number(port), hostname);
    t.teardown(() => tcp.destroy());
    const [near, far] = duplexPair();
    const held: Buffer[] = [];
    let flights = 0;
    // The client's hello goes through; what answers the server's comes too late.
    far.on("data", (bytes: Buffer) => {
      flights += 1;
      if (flights === 1) tcp.write(bytes);
      else held.push(bytes);
    });
    tcp.on("data", (bytes) => far.write(bytes)).on("error", () => {});
    const client = connectTls({ socket: near, ca, ALPNProtocols: ["h2"], checkServerIdentity: () => undefined });
    client.on("error", () => {});
    client.once("secureConnect", () => client.write(OPENING));
    const end = new Promise<void>((resolve) => tcp.once("close", () => resolve()));
    const tooEarly = end.then(() => Promise.reject(new Error("the server's hello did not come in time")));
    await Promise.race([once(client, "secureConnect"), tooEarly]);
    return { end, late: () => tcp.writable && tcp.write(Buffer.concat(held)) };
  };
  const ends = await Promise.all(Array.from({ length: 5 }, () => inTime(begin)));
  await Promise.race([Promise.all(ends.map(({ end }) => end)), delay(2000)]);
  for (const { late } of ends) late();
  await Promise.all(ends.map(({ end }) => end));
  t.is((await send(await answering(open), "POST", BOOLEAN, { body: EVALUATION })).status, 200);
});

test("a body that does not come is waited for until the deadline, and answered with 408", async (t) => {
  const { connect: open } = await start(t, { headersTimeout: 500, requestTimeout: 500 });
  const session = await answering(open);
  const half = session.request({ ":method": "POST", ":path": BOOLEAN, "content-length": 100 });
  half.write('{"key');
  const dripping = session.request({ ":method": "POST", ":path": "/api/v2/environments/default/namespaces" });
  const drip = setInterval(() => dripping.write(" "), 50);
  t.teardown(() => clearInterval(drip));
  // What is written to a stream that is gone may never be done, nor the stream with it.
  dripping.once("response", () => clearInterval(drip));
  const answers = await Promise.all([answerOf(half), answerOf(dripping)]);
  t.deepEqual(
    answers.map(({ status }) => status),
    [408, 408],
  );
  // Others of the connection are not touched.
  t.is((await send(session, "POST", BOOLEAN, { body: EVALUATION })).status, 200);
});

test("an answer that its client does not read is cut off, and the others of the connection are not", async (t) => {
  const { connect: open } = await start(t, { readTimeout: 500 });
  const session = await open();
  const quiet = openEvents(session, "/client/v2/environments/default/namespaces/nowhere/stream");
  const unread = session.request({ ":path": SNAPSHOT });
  unread.on("error", () => {});
  const [headers] = (await once(unread, "response")) as [Record<string, unknown>];
  t.is(headers[":status"], 200);
  unread.pause();
  // Its window is not opened again, so nothing but the server ends it; that the frame has come is seen without reading.
  await once(unread, "close", { signal: AbortSignal.timeout(DEADLINE_MS) }).catch(() => {});
  t.is(unread.rstCode, NGHTTP2_CANCEL);
  t.is((await send(session, "GET", SNAPSHOT)).status, 200);
  t.false(quiet.stream.closed);
});

test("a connection that rests is closed in peace, pings or not; one with a stream stays", async (t) => {
  const { connect: open } = await start(t, { keepAliveTimeout: 400 });
  const [resting, busy] = await Promise.all([open(), open()]);
  const events = openEvents(busy, STREAM);
  await events.until((text) => text.includes("\n\n"));
  t.is((await send(resting, "POST", BOOLEAN, { body: EVALUATION })).status, 200);
  const pings = setInterval(() => resting.destroyed || resting.ping(() => {}), 50);
  t.teardown(() => clearInterval(pings));
  t.is(await sessionEnd(resting), NGHTTP2_NO_ERROR);
  t.is((await send(busy, "POST", BOOLEAN, { body: EVALUATION })).status, 200);
});

test("requests that are taken back at once, thousands in a row, cost their connection and nobody else's", async (t) => {
  const { url, connect: open } = await start(t, { keepAliveTimeout: 3000 });
  const other = await open();
  const events = openEvents(other, STREAM);
  await events.until((text) => text.includes("\n\n"));
  const cancel = Buffer.from([0, 0, 0, NGHTTP2_CANCEL]);
  // The engine allows a thousand, and 33 more each second: these it would allow in a minute.
  const attack = Array.from({ length: 3000 }, (_, index) => [
    frame(FRAME.headers, END_HEADERS + END_STREAM, 2 * index + 1, getBlock(SNAPSHOT)),
    frame(FRAME.reset, 0, 2 * index + 1, cancel),
  ]);
  const bytes = Buffer.concat([OPENING, ...attack.flat()]);
  const sockets = await Promise.all(Array.from({ length: 10 }, () => rawHttp2(t, url, tls.certificate.ca)));
  const seen = sockets.map(framesOf);
  // Where the engine has read all that had come, it reads no more, and leaves the rest to the deadline of those who rest.
  const ends = Promise.all(sockets.map(closed));
  for (const socket of sockets) socket.write(bytes);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => send(other, "POST", BOOLEAN, { body: EVALUATION })),
  );
  t.true(answers.every(({ status }) => status === 200));
  await ends;
  const goaways = seen.flatMap((frames) => frames().filter(({ type }) => type === FRAME.goaway));
  t.true(goaways.every(({ payload }) => payload.readUInt32BE(0) < 2 * attack.length - 1));
  t.is((await send(other, "POST", BOOLEAN, { body: EVALUATION })).status, 200);
  t.false(events.stream.closed);
});

/** After each of these the engine says GOAWAY, neither reads nor writes any more, and ends nothing. */
const LAST_FRAMES = {
  "fields that cannot be decompressed": frame(FRAME.headers, END_HEADERS + END_STREAM, 3, Buffer.alloc(7, 0xff)),
  "a frame that is too large": frame(FRAME.data, 0, 1, Buffer.alloc(20_000)),
  "settings of no length": frame(FRAME.settings, 0, 0, Buffer.alloc(5)),
  "data of no request": frame(FRAME.data, 0, 99, Buffer.alloc(5)),
  "fields that go on before they begin": frame(FRAME.continuation, END_HEADERS, 3, Buffer.alloc(5)),
};

test("a connection whose client errs is closed, open streams or not; one that is quiet stays", async (t) => {
  const { url, connect: open } = await start(t, { headersTimeout: 1000, readTimeout: 1000 });
  const other = await answering(open);
  const events = openEvents(other, STREAM);
  const request = frame(FRAME.headers, END_HEADERS + END_STREAM, 1, getBlock(STREAM));
  const begin = async (last: Buffer): Promise<TLSSocket> => {
    const socket = await inTime(() => rawHttp2(t, url, tls.certificate.ca));
    socket.write(Buffer.concat([OPENING, request, last]));
    return socket;
  };
  // It answers no ping.
  const silent = await begin(Buffer.alloc(0));
  const ends = Promise.all(
    Object.entries(LAST_FRAMES).map(async ([name, last]) =>
      closed(await begin(last)).then(
        () => undefined,
        () => name,
      ),
    ),
  );
  for (let pings = 0; pings < 2; pings += 1) await once(other, "ping", { signal: AbortSignal.timeout(DEADLINE_MS) });
  t.deepEqual((await ends).filter(Boolean), []);
  t.is((await send(other, "POST", BOOLEAN, { body: EVALUATION })).status, 200);
  t.false(events.stream.closed);
  t.false(silent.readableEnded);
});

test("heads that are too large, and what is no HTTP/2, are refused", async (t) => {
  const { url, connect: open } = await start(t, {});
  const session = await open();
  const large = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`x-large-${index}`, "x".repeat(8000)]));
  await t.throwsAsync(send(session, "GET", "/health", { headers: large }));
  const garbage = await rawHttp2(t, url, tls.certificate.ca);
  garbage.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await closed(garbage);
  const fresh = await open();
  t.is((await send(fresh, "GET", "/health")).status, 200);
});
