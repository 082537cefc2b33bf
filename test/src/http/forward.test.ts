import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import test from "ava";
import { ClientAddresses } from "../../../daemon/dist/http/limits/client-address.js";
import { UnreadAnswers } from "../../../daemon/dist/http/limits/unread-answers.js";
import { forwardTo } from "../../../daemon/dist/workers/forward.js";

const LARGE = Buffer.alloc(12_000_000, "x");
const SOCKETS = 8;
const BODY = Buffer.from('{"a":1}');

test("clients that do not read their answers hold up nobody else's", async (t) => {
  const path = `\0vexil-test-${randomUUID()}`;
  const inner = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => response.end(request.url === "/large" ? LARGE : Buffer.concat(chunks)));
  }).listen(path);
  await once(inner, "listening");
  const answers = new UnreadAnswers(() => 100_000_000);
  const forward = forwardTo(path, { answers, addresses: new ClientAddresses(() => []) }, SOCKETS);
  const outer = createServer((request, response) => {
    forward(request, response, request.method === "POST" ? BODY : Buffer.alloc(0));
  }).listen(0, "127.0.0.1");
  t.teardown(() => {
    for (const server of [inner, outer]) {
      server.close();
      server.closeAllConnections();
    }
  });
  await once(outer, "listening");
  const { port } = outer.address() as AddressInfo;
  // More than there are connections to the inner server.
  await Promise.all(
    Array.from({ length: 2 * SOCKETS }, async () => {
      const socket = connect(port, "127.0.0.1");
      t.teardown(() => socket.destroy());
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.pause();
      socket.write("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }),
  );
  const ask = (method: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/small`, { method, signal: AbortSignal.timeout(30_000) });
  t.is(await (await ask("GET")).text(), "");
  t.is(await (await ask("POST")).text(), '{"a":1}');
  // There is an end to what waits to be read.
  const beyond = await fetch(`http://127.0.0.1:${port}/large`, { signal: AbortSignal.timeout(30_000) });
  t.deepEqual([beyond.status, beyond.headers.get("retry-after")], [429, "1"]);
  await beyond.arrayBuffer();
});

test("logins that wait for a provider hold up nothing else", async (t) => {
  const path = `\0vexil-test-${randomUUID()}`;
  const inner = createServer((request, response) => {
    if (!decodeURIComponent(request.url ?? "").startsWith("/auth/v1/method/")) response.end("answered");
  }).listen(path);
  await once(inner, "listening");
  const answers = new UnreadAnswers(() => 100_000_000);
  const forward = forwardTo(path, { answers, addresses: new ClientAddresses(() => []) }, SOCKETS);
  const outer = createServer((request, response) => {
    forward(request, response, Buffer.alloc(0));
  }).listen(0, "127.0.0.1");
  t.teardown(() => {
    for (const server of [inner, outer]) {
      server.close();
      server.closeAllConnections();
    }
  });
  await once(outer, "listening");
  const url = `http://127.0.0.1:${(outer.address() as AddressInfo).port}`;
  const ending = new AbortController();
  const login = ["auth/v1/method/oidc/corp/authorize", "%61uth/v1%2Fmethod/oidc/corp/authorize"];
  const waiting = ["GET", "POST"].flatMap((method) =>
    Array.from({ length: 4 * SOCKETS }, (_, index) =>
      fetch(`${url}/${login[index % 2]}`, { method, signal: ending.signal }).catch(() => undefined),
    ),
  );
  for (const method of ["GET", "POST"]) {
    const answer = await fetch(`${url}/elsewhere`, { method, signal: AbortSignal.timeout(60_000) });
    t.is(await answer.text(), "answered", method);
  }
  ending.abort();
  await Promise.all(waiting);
});
