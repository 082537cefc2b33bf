import { once } from "node:events";
import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { ask } from "../helpers/http/answers.js";
import { tokenMethod } from "../helpers/http/authentication.js";
import { startTestServer, type TestServer } from "../helpers/http/http-server.js";
import { NO_SESSIONS } from "../helpers/http/no-sessions.js";
import { RawConnection, rawRequest } from "../helpers/http/raw-exchange.js";
import { storageStatus } from "../helpers/http/storage-status.js";
import { makeCertificate } from "../helpers/network/certificate.js";

const ADMIN = ["metrics", "health", "health/live", "health/ready", "api/status"] as const;
const OTHERS = [
  ["GET", "api/v2/environments"],
  ["GET", "api/v1/flags"],
  ["GET", "openapi.json"],
  ["GET", "meta/info"],
  ["GET", "auth/v1/method"],
  ["POST", "evaluate/v1/batch"],
  ["POST", "ofrep/v1/evaluate/flags"],
  ["POST", "hooks/main"],
] as const;

const TOKEN = {
  required: true,
  exclude: { evaluation: false, ofrep: false },
  session: NO_SESSIONS,
  methods: [tokenMethod({ ci: { credential: new Secret("token") } })],
};
const BEARER = { authorization: "Bearer token" };
const REASON = "connect: cannot reach https://git.corp.example/flags.git";

const failed = storageStatus({
  state: "failed",
  hasSnapshot: false,
  lastError: { code: "VEXIL_REMOTE_NOT_FOUND", step: "http", message: REASON, at: 0 },
});

/** Without a look at the description, which is of the main address. */
function statusOf(url: string, method: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(`${url}/${path}`, { method }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on("error", reject).end();
  });
}

function start(t: ExecutionContext, options: Parameters<typeof startTestServer>[1]): Promise<TestServer> {
  return startTestServer(t, { heartbeatMs: 1000, ...options });
}

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(`${processes}: metrics, health and status move to an address of their own`, async (t) => {
    const admin = { host: "127.0.0.1", port: 0 };
    const { url, server, storages } = await start(t, { serverConfig: { workers, admin } });
    storages.push(storageStatus());
    const adminUrl = server.adminUrl ?? "";
    for (const path of ADMIN) {
      t.is((await ask(adminUrl, "GET", path)).status, 200, path);
      const moved = await ask(url, "GET", path);
      t.deepEqual([moved.status, moved.body], [404, { code: 5, message: "Not Found", details: [] }], path);
      t.is(await statusOf(url, "POST", path), 404, path);
    }
    t.is((await ask(adminUrl, "POST", "health")).status, 501);
    for (const [method, path] of OTHERS) {
      t.not(await statusOf(url, method, path), 404, path);
      t.is(await statusOf(adminUrl, method, path), 404, path);
    }
    t.is(await statusOf(adminUrl, "GET", ""), 404);
    await server.close();
    await t.throwsAsync(ask(adminUrl, "GET", "health"));
  });

  test.serial(
    `${processes}: however it is spelled, what has moved is nowhere else, nor is the rest there`,
    async (t) => {
      const admin = { host: "127.0.0.1", port: 0 };
      const { url, server, storages } = await start(t, { serverConfig: { workers, admin } });
      storages.push(storageStatus());
      const adminUrl = server.adminUrl ?? "";
      const rawStatus = async (base: string, line: string): Promise<number> =>
        (await (await RawConnection.open(t, base)).write(rawRequest(line)).answer()).status;
      const unreadable = (path: string): readonly string[] => [`/${path}#%`, `/${path}#`, `/${path}%`, `*${path}`];
      for (const path of ADMIN) {
        for (const target of unreadable(path)) {
          t.is(await rawStatus(url, `GET ${target}`), 400, target);
          t.is(await rawStatus(adminUrl, `GET ${target}`), 400, target);
        }
        const encoded = [...path].map((character) => `%${character.charCodeAt(0).toString(16)}`).join("");
        for (const target of [`/${encoded}`, `http://localhost/${path}`, `/${path}?a=%`]) {
          t.is(await rawStatus(url, `GET ${target}`), 404, target);
          t.is(await rawStatus(adminUrl, `GET ${target}`), 200, target);
        }
      }
      for (const [method, path] of OTHERS) {
        for (const target of unreadable(path)) t.is(await rawStatus(adminUrl, `${method} ${target}`), 400, target);
      }
    },
  );

  test.serial(`${processes}: why a storage has failed is told to who may know it`, async (t) => {
    const open = await start(t, { serverConfig: { workers } });
    open.storages.push(failed);
    const told = { code: 14, message: `storage main failed: http: ${REASON}`, details: [] };
    await probesSay(t, open.url, {}, told);
    // Servers of one process that let the system choose a port would share it.
    await open.server.close();
    const closed = await start(t, { serverConfig: { workers }, config: { authentication: TOKEN } });
    closed.storages.push(failed);
    await probesSay(t, closed.url, BEARER, told);
    const kept = { code: 14, message: "storage main failed: http", details: [] };
    await probesSay(t, closed.url, {}, kept);
    await probesSay(t, closed.url, { authorization: "Bearer guess" }, kept);
    t.is((await ask(closed.url, "GET", "api/status")).status, 401);
    t.true((await ask(closed.url, "GET", "api/status", { headers: BEARER })).text.includes(REASON));
  });

  test.serial(`${processes}: metrics can be closed, with or without required authentication`, async (t) => {
    for (const required of [true, false]) {
      const { url, server } = await start(t, {
        serverConfig: { workers },
        config: {
          authentication: { ...TOKEN, required },
          metrics: { enabled: true, requireAuthentication: true },
        },
      });
      const refused = await ask(url, "GET", "metrics");
      t.deepEqual(
        [refused.status, refused.body],
        [401, { code: 16, message: "request was not authenticated", details: [] }],
      );
      t.is((await ask(url, "POST", "metrics")).status, 401);
      t.is((await ask(url, "GET", "metrics", { headers: { authorization: "Bearer guess" } })).status, 401);
      t.is((await ask(url, "GET", "metrics", { headers: BEARER })).status, 200);
      t.is((await ask(url, "GET", "health")).status, 200);
      t.is((await ask(url, "GET", "health/live")).status, 200);
      await server.close();
    }
  });
}

/** A probe's state may come to workers a moment later. */
async function probesSay(
  t: ExecutionContext,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<void> {
  const end = performance.now() + 90_000;
  let answer = await ask(url, "GET", "health", { headers });
  while (answer.status === 200 && performance.now() < end) answer = await ask(url, "GET", "health", { headers });
  t.deepEqual([answer.status, answer.body], [503, body]);
  t.is((await ask(url, "GET", "health/live", { headers })).status, 200);
  t.deepEqual((await ask(url, "GET", "health/ready", { headers })).body, {
    code: 14,
    message: "storage main has no snapshot yet",
    details: [],
  });
}

test("an admin port that is taken stops the start, and nothing is left listening", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.teardown(() => taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  for (const workers of [1, 2]) {
    const admin = { host: "127.0.0.1", http_port: port };
    const daemon = await inProcessDaemon(t, { storage: { default: {} }, server: { workers, admin } });
    await t.throwsAsync(daemon.start(), {
      message: `cannot listen on 127.0.0.1:${port}: another program listens there; choose another with server.admin.http_port`,
    });
    await daemon.stop();
  }
});

test("an address that cannot be had is told with the setting that gives another", async (t) => {
  const certificate = await makeCertificate(t, "localhost");
  const taken = createServer().listen(0, "127.0.0.1");
  t.teardown(() => taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const https = { protocol: "https", cert_file: certificate.certPath, cert_key: certificate.keyPath, https_port: port };
  for (const [server, setting] of [
    [{ http_port: port }, "server.http_port or VEXIL_SERVER_HTTP_PORT"],
    [https, "server.https_port or VEXIL_SERVER_HTTPS_PORT"],
    [{ host: "203.0.113.1" }, "server.host"],
    [{ admin: { host: "203.0.113.1", http_port: port } }, "server.admin.host"],
  ] as const) {
    for (const workers of [1, 2]) {
      const daemon = await inProcessDaemon(t, { storage: { default: {} }, server: { workers, ...server } });
      const error = await t.throwsAsync(daemon.start());
      t.true(error?.message.endsWith(`; choose another with ${setting}`), error?.message);
      await daemon.stop();
    }
  }
});

test("the URL of a remote is in the metrics of who may know it", async (t) => {
  const daemon = await inProcessDaemon(t, {
    storage: { main: { remote: "https://127.0.0.1:9/flags.git", fetch_policy: "lenient" } },
    environments: { default: { storage: "main" } },
    authentication: {
      required: true,
      methods: { token: { enabled: true, storage: { tokens: { ci: { credential: "token" } } } } },
    },
  });
  await daemon.start();
  await ask(daemon.url(), "GET", "api/v2/environments/default/history", { headers: BEARER });
  const known = (await ask(daemon.url(), "GET", "metrics", { headers: BEARER })).text;
  t.true(known.includes('flipt_git_branches_total{remote="https://127.0.0.1:9/flags.git"} 1'));
  const open = (await ask(daemon.url(), "GET", "metrics")).text;
  t.false(open.includes("127.0.0.1:9"));
  t.true(open.includes('flipt_git_branches_total{remote="main"} 1'));
  t.true(open.includes('flipt_git_views_total{remote="main",branch="main"}'));
  t.is((await ask(daemon.url(), "GET", "api/v2/environments")).status, 401);
});
