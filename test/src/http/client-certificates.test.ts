import { once } from "node:events";
import { readFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { Socket } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { eventually, type LogLine, startDaemon } from "../helpers/daemon/daemon.js";
import { recorder } from "../helpers/daemon/recorder.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { tokenMethod } from "../helpers/http/authentication.js";
import { startTestServer, type TestServer } from "../helpers/http/http-server.js";
import { http2Session, openEvents, send, type TlsFiles, tlsFiles } from "../helpers/http/http2-client.js";
import { NO_SESSIONS } from "../helpers/http/no-sessions.js";
import {
  type ClientAuthority,
  type ClientCertificate,
  clientAuthority,
} from "../helpers/network/client-certificate.js";

const SNAPSHOT = "/client/v2/environments/default/namespaces/default/snapshot";
const STREAM = "/client/v2/environments/default/namespaces/default/stream";
const SELF = "/auth/v1/self";

const undo: (() => unknown)[] = [];
let tls: TlsFiles;
let own: ClientAuthority;
let other: ClientAuthority;
let cart: ClientCertificate;
let stranger: ClientCertificate;
test.before("make authorities", async () => {
  const scope = { teardown: (step: () => unknown) => undo.push(step) };
  [tls, own, other] = await Promise.all([tlsFiles(scope), clientAuthority(scope), clientAuthority(scope, "Others")]);
  [cart, stranger] = await Promise.all([
    own.issue("/O=Example/OU=web/CN=cart"),
    other.issue("/O=Example/OU=web/CN=cart"),
  ]);
});
test.after.always("throw them away", async () => {
  for (const step of undo) await step();
});

interface Started extends TestServer {
  readonly lines: readonly LogLine[];
}

async function start(t: ExecutionContext, workers: number, required: boolean): Promise<Started> {
  const { logger, lines } = recorder();
  const methods = [
    { method: "certificate", settings: {}, path: "authentication.methods.certificate" },
    tokenMethod({ ci: { credential: new Secret("token") } }),
  ];
  const server = await startTestServer(t, {
    serverConfig: { ...tls.server, workers, clientCertificates: { caFile: own.caPath, required } },
    config: {
      authentication: { required: true, exclude: { evaluation: false, ofrep: false }, session: NO_SESSIONS, methods },
    },
    logger,
  });
  await new FilePublisher(t, server.snapshots).publish("default", exampleFiles());
  return { ...server, lines };
}

interface Asked {
  readonly status: number;
  readonly text: string;
}

/** Asks by HTTP/1.1 over a connection of its own. */
function ask(
  url: string,
  path: string,
  client: Partial<ClientCertificate> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const { ca } = tls.certificate;
    const request = tlsRequest(`${url}${path}`, { ca, agent: false, headers, ...client }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on("error", reject);
    request.end();
  });
}

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";
  test.serial(
    `required certificates (${processes}): an authority's clients are let in by name, others not at all`,
    async (t) => {
      const { url, lines } = await start(t, workers, true);
      for (const path of [SNAPSHOT, SELF]) t.is((await ask(url, path, cart)).status, 200, path);
      t.like(JSON.parse((await ask(url, SELF, cart)).text), {
        method: "METHOD_CERTIFICATE",
        metadata: { "io.vexil.auth.certificate.subject": "O=Example, OU=web, CN=cart" },
      });
      const session = await http2Session(t, url, tls.certificate, cart);
      for (const path of [SNAPSHOT, SELF]) t.is((await send(session, "GET", path)).status, 200, path);
      await t.throwsAsync(ask(url, SNAPSHOT));
      await t.throwsAsync(ask(url, SNAPSHOT, stranger));
      await t.throwsAsync(ask(url, SNAPSHOT, {}, { "x-vexil-certificate": "x", authorization: "Bearer token" }));
      const { methods } = JSON.parse((await ask(url, "/auth/v1/method", cart)).text);
      t.deepEqual(methods.at(-1), { method: "METHOD_CERTIFICATE", enabled: true, sessionCompatible: false });
      const odd = await own.issue(String.raw`/O=Example, CN=admin\+OU=x/CN=#cart`);
      t.is(
        JSON.parse((await ask(url, SELF, odd)).text).metadata["io.vexil.auth.certificate.subject"],
        String.raw`O=Example\, CN\=admin\+OU\=x, CN=\#cart`,
        "no value looks like the next attribute",
      );
      const serverOnly = await own.issue("/CN=cart", ["extendedKeyUsage=serverAuth"]);
      await t.throwsAsync(ask(url, SNAPSHOT, serverOnly));
      const expired = await own.issue("/CN=cart", ["extendedKeyUsage=clientAuth"], -1);
      await t.throwsAsync(ask(url, SNAPSHOT, expired));
      for (const reason of [
        /none was shown/,
        /UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
        /INVALID_PURPOSE/,
        /CERT_HAS_EXPIRED/,
      ]) {
        await eventually(
          async () => lines.filter(({ event }) => event === "auth.refused"),
          (refused) => refused.some((line) => reason.test(String(line.reason))),
        );
      }
    },
  );

  test.serial(
    `optional certificates (${processes}): tokens do as well, and what is shown has to be valid`,
    async (t) => {
      const { url } = await start(t, workers, false);
      const forged = Buffer.from(cart.cert.replace(/-----[^-]*-----|\n/g, ""), "base64").toString("base64");
      for (const path of [SNAPSHOT, SELF]) {
        t.is((await ask(url, path)).status, 401);
        t.is((await ask(url, path, {}, { "x-vexil-certificate": forged })).status, 401);
        t.is((await ask(url, path, cart)).status, 200);
        t.is((await ask(url, path, cart, { authorization: "Bearer wrong" })).status, 401);
        t.is((await ask(url, path, {}, { authorization: "Bearer token" })).status, 200);
        t.is((await ask(url, path, cart, { "x-vexil-certificate": "forged", "x-vexil-worker": "forged" })).status, 200);
      }
      t.regex((await ask(url, SELF, cart, { authorization: "Bearer token" })).text, /METHOD_TOKEN/);
      t.is((await ask(url, "/health")).status, 200);
      await t.throwsAsync(ask(url, SNAPSHOT, stranger));
    },
  );
}

/** Connects, asks, and resolves with the answer's status and a session that can be resumed. */
async function resumable(
  url: string,
  version: "TLSv1.2" | "TLSv1.3",
  options: Partial<ClientCertificate> & { readonly session?: Buffer },
): Promise<{ readonly status: number; readonly session: Buffer | undefined; readonly isReused: boolean }> {
  const { hostname, port } = new URL(url);
  const { ca } = tls.certificate;
  const socket = connect({
    host: hostname,
    port: Number(port),
    ca,
    minVersion: version,
    maxVersion: version,
    ...options,
  });
  let [session, text, isReused]: [Buffer | undefined, string, boolean] = [undefined, "", false];
  socket.once("secureConnect", () => {
    isReused = socket.isSessionReused();
  });
  socket.on("session", (given) => {
    session = given;
  });
  socket.setEncoding("latin1");
  socket.write(`GET ${SNAPSHOT} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  await new Promise<void>((resolve) => {
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("close", () => resolve());
    socket.on("error", () => {});
  });
  return { status: Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1] ?? 0), session, isReused };
}

test("a renewed certificate of the server's own cuts no client, whatever stands between its certificate and the authority", async (t) => {
  const directory = await temporaryDirectory(t);
  const [certFile, certKey] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  const install = ({ server }: TlsFiles): Promise<unknown> =>
    Promise.all([copyFile(server.certFile ?? "", certFile), copyFile(server.certKey ?? "", certKey)]);
  const renewed = await tlsFiles(t);
  await install(tls);
  const { logger, lines } = recorder();
  const { url } = await startTestServer(t, {
    serverConfig: { ...tls.server, certFile, certKey, clientCertificates: { caFile: own.caPath, required: true } },
    certificateIntervalMs: 20,
    logger,
  });
  const between = await own.issue("/CN=Between", ["basicConstraints=critical,CA:TRUE"]);
  const client = await own.issue("/CN=cart", ["extendedKeyUsage=clientAuth"], 2, between);
  const session = await http2Session(t, url, tls.certificate, { ...client, cert: `${client.cert}${between.cert}` });
  t.is((await send(session, "GET", "/health")).status, 200);
  await install(renewed);
  await eventually(
    async () => lines,
    (all) => all.some(({ event }) => event === "certificate.renewed"),
  );
  t.is((await send(session, "GET", "/health")).status, 200);
});

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`a resumed session of ${version} is the client's that it began with, and nobody's without a certificate`, async (t) => {
    const { url } = await start(t, 1, false);
    const first = await resumable(url, version, cart);
    t.is(first.status, 200);
    const again = await resumable(url, version, { ...cart, ...(first.session && { session: first.session }) });
    t.deepEqual([again.status, again.isReused], [200, true]);
    const without = await resumable(url, version, {});
    t.is(without.status, 401);
    const resumed = await resumable(url, version, { ...(without.session && { session: without.session }) });
    t.deepEqual([resumed.status, resumed.isReused], [401, true]);
  });
}

test.serial("no connection outlives the client's certificate, be it open, idle or resumed", async (t) => {
  const { logger, lines } = recorder();
  const { url } = await startTestServer(t, {
    serverConfig: { ...tls.server, clientCertificates: { caFile: own.caPath, required: true } },
    logger,
  });
  const client = await own.issue("/CN=cart", ["extendedKeyUsage=clientAuth"], 1);
  const [open, idle] = [
    await http2Session(t, url, tls.certificate, client),
    await http2Session(t, url, tls.certificate, client),
  ];
  t.is((await send(open, "GET", "/health")).status, 200);
  const versions = ["TLSv1.2", "TLSv1.3"] as const;
  const before = await Promise.all(versions.map((version) => resumable(url, version, client)));
  const now = Date.now;
  t.teardown(() => {
    Date.now = now;
  });
  // This process's clock goes on: the client's certificate, and it alone, is at its end.
  Date.now = () => now() + 25 * 3_600_000;
  await t.throwsAsync(send(open, "GET", "/health"));
  if (!idle.destroyed) await once(idle, "close");
  for (const [index, version] of versions.entries()) {
    const session = before[index]?.session;
    t.is((await resumable(url, version, { ...client, ...(session && { session }) })).status, 0, version);
  }
  const told = lines.filter(({ event, reason }) => event === "auth.refused" && /CERT_HAS_EXPIRED/.test(String(reason)));
  t.is(told.length, 1, "those alike have one line");
});

test("rights are bound to a certificate, and an authority that goes takes its clients along", async (t) => {
  const directory = await temporaryDirectory(t);
  const caFile = join(directory, "clients.pem");
  await copyFile(own.caPath, caFile);
  const daemon = await startDaemon(t, {
    config: {
      storage: { main: { backend: { type: "memory" } } },
      environments: { default: { storage: "main", default: true } },
      server: {
        workers: 2,
        protocol: "https",
        https_port: 0,
        cert_file: tls.server.certFile,
        cert_key: tls.server.certKey,
        client_ca_file: caFile,
        client_auth: "request",
      },
      authentication: { required: true, methods: { certificate: { enabled: true } } },
      authorization: {
        required: true,
        roles: { reader: [{ actions: ["read", "evaluate"] }] },
        bindings: [{ role: "reader", match: { method: "certificate", claims: { ou: "web" } } }],
      },
    },
  });
  const namespaces = "/api/v2/environments/default/namespaces";
  t.is((await ask(daemon.url, namespaces, cart)).status, 200);
  t.is((await ask(daemon.url, namespaces, await own.issue("/OU=batch/CN=cart"))).status, 403);
  // Others of the machine reach the socket between the processes, but are not taken for a worker.
  const [, inner] =
    new RegExp(`@(vexil-${daemon.child.pid}-[\\w-]+)`).exec(readFileSync("/proc/net/unix", "utf8")) ?? [];
  const headers = { "x-vexil-certificate": cart.cert.replace(/-----[^-]*-----|\n/g, ""), "x-vexil-client": "10.0.0.1" };
  const request = httpRequest({ socketPath: `\0${inner}`, path: namespaces, headers }).end();
  const [socket] = (await once(request, "socket")) as [Socket];
  await once(socket, "connect");
  const outcome = new Promise((resolve) => {
    request.on("response", ({ statusCode }) => resolve(statusCode)).on("error", () => resolve("cut"));
  });
  t.is(await outcome, "cut");

  const session = await http2Session(t, daemon.url, tls.certificate, cart);
  const before = await resumable(daemon.url, "TLSv1.3", cart);
  const events = openEvents(session, STREAM);
  await events.until((text) => text.includes("\n\n"));
  await copyFile(other.caPath, caFile);
  daemon.child.kill("SIGHUP");
  await events.ended;
  await daemon.line(({ event }) => event === "certificate.renewed");
  await t.throwsAsync(ask(daemon.url, namespaces, cart));
  const late = await resumable(daemon.url, "TLSv1.3", { ...cart, ...(before.session && { session: before.session }) });
  t.is(late.status, 0);
  t.is((await ask(daemon.url, namespaces, stranger)).status, 200);
});
