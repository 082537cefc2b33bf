import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as tlsRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import type { StorageStatus } from "@vexil/engine/model/storage-status";
import test from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { ask } from "../helpers/http/answers.js";
import { startTestServer } from "../helpers/http/http-server.js";
import { storageStatus } from "../helpers/http/storage-status.js";
import { makeCertificate } from "../helpers/network/certificate.js";

const STATUS = storageStatus();

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";
  test(`draining (${processes}): what is under way is answered, idle connections end before it, no new ones`, async (t) => {
    let release: (status: StorageStatus) => void = () => {};
    let asked: () => void = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { url, server } = await startTestServer(t, {
      // Never reached: what ends, ends by itself.
      serverConfig: { workers, shutdownTimeoutMs: 600_000 },
      engine: {
        sync: () => {
          asked();
          return new Promise((resolve) => {
            release = resolve;
          });
        },
      },
    });
    const { hostname, port } = new URL(url);
    const agent = new Agent({ keepAlive: true });
    t.teardown(() => agent.destroy());
    const idle = httpRequest(`${url}/health/live`, { agent }).end();
    const [socket] = (await once(idle, "socket")) as [Socket];
    const [first] = (await once(idle, "response")) as [IncomingMessage];
    first.resume();
    await once(first, "end");
    const fresh = connect(Number(port), hostname);
    await once(fresh, "connect");
    const slow = ask(url, "POST", "api/storages/main/sync?wait=true");
    await isAsked;

    const idleEnds = once(socket, "close");
    const closed = server.close();
    await eventually(
      () =>
        new Promise<boolean>((resolve) => {
          const probe = connect(Number(port), hostname);
          probe.once("connect", () => probe.destroy());
          probe.once("connect", () => resolve(true));
          probe.once("error", () => resolve(false));
        }),
      (accepted) => !accepted,
    );
    // Accepted before the drain began: its first request is still answered.
    fresh.write("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    const [reply] = (await once(fresh, "data")) as [Buffer];
    t.true(reply.toString().startsWith("HTTP/1.1 200"));
    t.regex(reply.toString(), /connection: close/i);
    // Before what is under way: nothing but the drain ends it so early.
    await idleEnds;
    release(STATUS);
    t.is((await slow).status, 200);
    await closed;
  });
}

test("what is left at the shutdown timeout is cut", async (t) => {
  const { url, server } = await startTestServer(t, {
    serverConfig: { shutdownTimeoutMs: 300 },
    engine: { sync: () => new Promise(() => {}) },
  });
  const hanging = ask(url, "POST", "api/storages/main/sync?wait=true");
  hanging.catch(() => {});
  await eventually(
    () => ask(url, "GET", "health/live"),
    ({ status }) => status === 200,
  );
  await server.close();
  await t.throwsAsync(hanging);
});

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";
  test.serial(`https (${processes}): TLS 1.2 and newer, and a renewed certificate is taken up`, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "vexil-tls-"));
    t.teardown(() => rm(directory, { recursive: true, force: true }));
    const [old, renewed] = await Promise.all([makeCertificate(t), makeCertificate(t)]);
    const certFile = join(directory, "cert.pem");
    const certKey = join(directory, "key.pem");
    const install = async ({ cert, key }: typeof old): Promise<void> => {
      await writeFile(certFile, cert);
      await writeFile(certKey, key);
    };
    await install(old);
    const { url, snapshots } = await startTestServer(t, {
      serverConfig: { protocol: "https", certFile, certKey, workers },
      certificateIntervalMs: 20,
    });
    await new FilePublisher(t, snapshots).publish("default", exampleFiles());
    t.true(url.startsWith("https://"));
    const get = (ca: string, options: object = {}): Promise<string> =>
      new Promise((resolve, reject) => {
        const request = tlsRequest(`${url}/health`, { ca, agent: false, ...options }, (response) => {
          const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
          response.resume();
          response.on("end", () => resolve(`${response.statusCode} ${fingerprint256}`));
        });
        request.on("error", reject);
        request.end();
      });
    const before = await get(old.ca);
    t.true(before.startsWith("200 "));
    await t.throwsAsync(get(old.ca, { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" }));
    // A moment in which the two files do not fit together changes nothing.
    await writeFile(certKey, renewed.key);
    t.is(await get(old.ca), before);
    await install(renewed);
    // Several connections, so that every process gets one.
    await eventually(
      () => Promise.all(Array.from({ length: 6 }, () => get(renewed.ca).catch(() => ""))),
      (answers) => answers.every((answer) => answer.startsWith("200 ") && answer !== before),
    );
  });
}

test("a certificate that cannot be used stops the start with its keys named", async (t) => {
  const error = await t.throwsAsync(
    startTestServer(t, {
      serverConfig: { protocol: "https", certFile: "/nowhere/cert.pem", certKey: "/nowhere/key.pem" },
    }),
  );
  t.like(error, { code: "VEXIL_VALIDATION_CONFIG" });
  t.true(error?.message.includes("server.cert_file"));
});
