import { createServer, request as httpRequest } from "node:http";
import { gunzipSync, inflateSync } from "node:zlib";
import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { ask } from "../helpers/http/answers.js";
import { tokenMethod } from "../helpers/http/authentication.js";
import { checkAnswer } from "../helpers/http/described-answers.js";
import { startTestServer, type TestServer } from "../helpers/http/http-server.js";
import { plainConfig } from "../helpers/http/plain-config.js";
import { storageStatus } from "../helpers/http/storage-status.js";

type Options = NonNullable<Parameters<typeof startTestServer>[1]>;

async function start(t: ExecutionContext, options: Options = {}): Promise<TestServer> {
  const server = await startTestServer(t, options);
  await new FilePublisher(t, server.snapshots).publish("default", exampleFiles());
  return server;
}

/** A request as it is, without a client's own headers and decompression. */
function raw(
  url: string,
  options: { method?: string; path: string; headers?: Record<string, string>; body?: string | Buffer },
): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const { method = "GET", path, headers = {}, body } = options;
    const request = httpRequest(
      { host: target.hostname, port: target.port, method, path, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          const body = Buffer.concat(chunks);
          const header = (name: string): string | undefined => response.headers[name.toLowerCase()]?.toString();
          if (header("content-encoding") === undefined) {
            checkAnswer({ method, target: path, status, header, body: body.toString() });
          }
          resolve({ status, headers: response.headers, body });
        });
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const required = (changes: object = {}): Partial<ReturnType<typeof plainConfig>> => ({
  authentication: {
    ...plainConfig().authentication,
    required: true,
    methods: [tokenMethod({ CI: { credential: new Secret("t0ken"), metadata: { Team: "platform" } } })],
    ...changes,
  },
});

const BANNER = { flagKey: "banner", entityId: "u" };
const UNAUTHENTICATED = { code: 16, message: "request was not authenticated", details: [] };

test("E60: without a credential 401, with one as usual, and what is open stays open", async (t) => {
  const { url, storages } = await start(t, { config: required() });
  storages.push(storageStatus());
  const post = (headers: Record<string, string>, body: unknown = BANNER) =>
    ask(url, "POST", "evaluate/v1/boolean", { body, headers });
  const anonymous = await post({});
  t.deepEqual([anonymous.status, anonymous.body], [401, UNAUTHENTICATED]);
  t.is(anonymous.headers.get("www-authenticate"), "request was not authenticated");
  for (const headers of [
    { authorization: "Bearer wrong" },
    { authorization: "bearer t0ken" },
    { authorization: "Bearer  t0ken" },
    { authorization: "t0ken" },
    { authorization: "Bearer wrong", cookie: "flipt_client_token=t0ken" },
    { cookie: "flipt_client_token=wrong" },
    { "x-api-key": "t0ken" },
  ] as readonly Record<string, string>[]) {
    t.is((await post(headers)).status, 401, JSON.stringify(headers));
  }
  t.is((await post({ authorization: "Bearer t0ken" })).status, 200);
  t.is((await post({ cookie: "a=b; flipt_client_token=t0ken" })).status, 200);
  t.is((await post({}, "{")).status, 400);
  t.is((await ask(url, "GET", "evaluate/v1/nothing")).status, 404);
  for (const path of ["health", "health/live", "health/ready", "metrics", "auth/v1/method"]) {
    t.is((await ask(url, "GET", path)).status, 200, path);
  }
  for (const path of ["meta/info", "api/status", "openapi.json", "api/v1/namespaces/default/flags"]) {
    t.is((await ask(url, "GET", path)).status, 401, path);
  }
  const ofrep = await ask(url, "POST", "ofrep/v1/evaluate/flags", { body: {} });
  t.deepEqual([ofrep.status, ofrep.body], [401, { errorCode: "GENERAL", errorDetails: UNAUTHENTICATED.message }]);
  t.is(ofrep.headers.get("www-authenticate"), null);
  const self = await ask(url, "GET", "auth/v1/self", { headers: { authorization: "Bearer t0ken" } });
  t.like(self.body, { id: "ci", method: "METHOD_TOKEN", metadata: { team: "platform" } });
  t.is((await ask(url, "GET", "auth/v1/self")).status, 401);
});

test("authentication.exclude opens what it names", async (t) => {
  const evaluation = await start(t, { config: required({ exclude: { evaluation: true, ofrep: false } }) });
  t.is((await ask(evaluation.url, "POST", "evaluate/v1/boolean", { body: BANNER })).status, 200);
  t.is((await ask(evaluation.url, "GET", "internal/v1/evaluation/snapshot/namespace/ops")).status, 200);
  t.is((await ask(evaluation.url, "POST", "ofrep/v1/evaluate/flags", { body: {} })).status, 401);
  const ofrep = await start(t, { config: required({ exclude: { evaluation: false, ofrep: true } }) });
  t.is((await ask(ofrep.url, "POST", "evaluate/v1/boolean", { body: BANNER })).status, 401);
  t.is((await ask(ofrep.url, "POST", "ofrep/v1/evaluate/flags", { body: {} })).status, 200);
});

test("/auth/v1 without required authentication", async (t) => {
  const off = await start(t);
  const self = await ask(off.url, "GET", "auth/v1/self");
  t.is(self.status, 501);
  t.like(self.body, { code: 12, message: "service flipt.auth.AuthenticationService not implemented" });
  const optional = await start(t, { config: required({ required: false }) });
  t.is((await ask(optional.url, "GET", "auth/v1/self", { headers: { authorization: "Bearer t0ken" } })).status, 401);
  const { methods } = (await ask(optional.url, "GET", "auth/v1/method")).body as {
    methods: { method: string; enabled: boolean; sessionCompatible: boolean; metadata?: object }[];
  };
  t.deepEqual(
    methods.map(({ method, enabled, sessionCompatible }) => [method, enabled, sessionCompatible]),
    [
      ["METHOD_TOKEN", true, false],
      ["METHOD_GITHUB", false, true],
      ["METHOD_OIDC", false, true],
      ["METHOD_KUBERNETES", false, false],
      ["METHOD_JWT", false, false],
    ],
  );
  t.deepEqual(
    methods.map(({ metadata }) => metadata !== undefined),
    [false, true, true, false, false],
  );
});

test("CORS as configured, and no such header when it is off", async (t) => {
  const preflight = { origin: "https://App.example.com", "access-control-request-method": "POST" };
  const off = await start(t);
  const none = await raw(off.url, { method: "OPTIONS", path: "/evaluate/v1/boolean", headers: preflight });
  t.is(none.status, 501);
  t.false(Object.keys(none.headers).some((name) => name.startsWith("access-control")));
  t.is(none.headers.vary, undefined);

  const cors = { enabled: true, allowedOrigins: ["https://*.example.com"], allowedHeaders: ["X-Flipt-Environment"] };
  const { url } = await start(t, { config: { cors } });
  const asked = await raw(url, {
    method: "OPTIONS",
    path: "/evaluate/v1/boolean",
    headers: { ...preflight, "access-control-request-headers": "x-flipt-environment, origin" },
  });
  t.deepEqual([asked.status, asked.body.length], [200, 0]);
  t.like(asked.headers, {
    "access-control-allow-origin": "https://App.example.com",
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "x-flipt-environment, origin",
    "access-control-max-age": "300",
    "access-control-allow-credentials": "true",
    vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
  });
  const lower = { ...preflight, "access-control-request-method": "put" };
  const put = await raw(url, { method: "OPTIONS", path: "/api/v2/environments", headers: lower });
  t.is(put.headers["access-control-allow-methods"], "PUT");
  const plain = await raw(url, { method: "OPTIONS", path: "/x", headers: preflight });
  t.is(plain.headers["access-control-allow-headers"], undefined);
  for (const headers of [
    { ...preflight, origin: "https://evil.test" },
    { ...preflight, "access-control-request-method": "PATCH" },
    { ...preflight, "access-control-request-headers": "x-other" },
  ]) {
    const refused = await raw(url, { method: "OPTIONS", path: "/x", headers });
    t.is(refused.status, 200);
    t.is(refused.headers["access-control-allow-origin"], undefined);
  }
  t.is((await raw(url, { method: "OPTIONS", path: "/evaluate/v1/boolean" })).status, 501);
  const headers = { origin: "https://app.example.com" };
  for (const path of ["/health", "/internal/v1/evaluation/snapshot/namespace/ops"]) {
    const actual = await raw(url, { path, headers });
    t.like(actual.headers, {
      "access-control-allow-origin": "https://app.example.com",
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "Link, Etag",
      vary: "Origin",
    });
  }
  const any = await start(t, { config: { cors: { ...cors, allowedOrigins: ["*"] } } });
  const star = await raw(any.url, { path: "/health", headers });
  t.is(star.headers["access-control-allow-origin"], "*");
});

test("large answers are compressed when that is accepted, snapshots from bytes made once", async (t) => {
  const { url } = await start(t);
  const paths = ["/internal/v1/evaluation/snapshot/namespace/default", "/openapi.json"];
  for (const path of paths) {
    const plain = await raw(url, { path });
    t.is(plain.headers["content-encoding"], undefined);
    t.is(plain.headers.vary, undefined);
    for (const [accepted, encoding, decode] of [
      ["gzip, deflate", "gzip", gunzipSync],
      ["deflate, gzip;q=0", "gzip", gunzipSync],
      ["br, deflate", "deflate", inflateSync],
      ["Deflate, GZip", "gzip", gunzipSync],
    ] as const) {
      const packed = await raw(url, { path, headers: { "accept-encoding": accepted } });
      t.like(packed.headers, { "content-encoding": encoding, vary: "Accept-Encoding" });
      t.deepEqual(decode(packed.body), plain.body);
    }
    t.is((await raw(url, { path, headers: { "accept-encoding": "br" } })).headers["content-encoding"], undefined);
  }
});

test("pretty answers, by query or by Accept", async (t) => {
  const { url } = await start(t);
  for (const [path, headers] of [
    ["meta/info?pretty", {}],
    ["meta/info?pretty=x", {}],
    ["meta/info", { accept: "application/json+pretty" }],
    ["internal/v1/evaluation/snapshot/namespace/ops?pretty", {}],
    ["api/v1/namespaces/ghost/flags?pretty", {}],
  ] as const) {
    t.true((await ask(url, "GET", path, { headers })).text.startsWith('{\n  "'), path);
  }
  t.true((await ask(url, "POST", "evaluate/v1/boolean?pretty", { body: BANNER })).text.startsWith('{\n  "'));
});

test("bodies above 4 MiB are refused, whatever the route and however they are sent", async (t) => {
  const { url } = await start(t);
  const big = Buffer.alloc(4 * 1024 * 1024 + 1, 0x20);
  const message = "the request body is larger than 4194304 bytes";
  for (const path of ["/evaluate/v1/boolean", "/api/storages/x/sync"]) {
    for (const headers of [{}, { "transfer-encoding": "chunked" }] as readonly Record<string, string>[]) {
      const answer = await raw(url, { method: "POST", path, headers, body: big });
      t.deepEqual([answer.status, JSON.parse(answer.body.toString())], [413, { code: 8, message, details: [] }]);
    }
  }
  const ofrep = await raw(url, { method: "POST", path: "/ofrep/v1/evaluate/flags", body: big });
  t.deepEqual(
    [ofrep.status, JSON.parse(ofrep.body.toString())],
    [413, { errorCode: "GENERAL", errorDetails: message }],
  );
  const fits = Buffer.concat([Buffer.from(JSON.stringify(BANNER)), big.subarray(100)]);
  t.is((await raw(url, { method: "POST", path: "/evaluate/v1/boolean", body: fits })).status, 200);
});

test("only the first JSON value of a body counts", async (t) => {
  const { url } = await start(t);
  const post = (body: string) => ask(url, "POST", "evaluate/v1/boolean", { body });
  t.is((await post(`${JSON.stringify(BANNER)} {"flagKey":"nope"}`)).status, 200);
  t.is((await post(`${JSON.stringify(BANNER)}garbage`)).status, 200);
  t.is((await post('{"flagKey":"a}\\"{","flagKey":"banner"}]]')).status, 200);
  t.is((await post('{"flagKey":"nope","flag_key":"banner"}')).status, 404);
  t.is((await post('{"flag_key":"banner","flagKey":null}')).status, 404);
  for (const wrong of ["[]", "7", '"x"', "true", '{"flagKey":7}', '{"context":[]}', '{"context":{"a":{}}}']) {
    const answer = await post(wrong);
    t.deepEqual(
      [answer.status, (answer.body as { message: string }).message],
      [400, "invalid values for key(s) in json body"],
      wrong,
    );
  }
  for (const bad of ["{]", "nul", "{'a':1}", '{"a":1,}', "\u0000", '"']) t.is((await post(bad)).status, 400, bad);
});

test("environments: body, header, fallback to the default one", async (t) => {
  const server = await startTestServer(t);
  const publisher = new FilePublisher(t, server.snapshots);
  publisher.declare("live", { default: true });
  const flag = (enabled: boolean): Record<string, string> => ({
    "default/features.yaml": `flags:\n  - {key: banner, name: B, type: BOOLEAN_FLAG_TYPE, enabled: ${enabled}}\n`,
  });
  await publisher.publish("live", flag(true));
  await publisher.publish("default", flag(false));
  const single = async (body: object, headers: Record<string, string> = {}): Promise<unknown> => {
    const answer = await ask(server.url, "POST", "evaluate/v1/boolean", { body: { ...BANNER, ...body }, headers });
    return answer.status === 200 ? (answer.body as { enabled: boolean }).enabled : answer.status;
  };
  const H = "X-Flipt-Environment";
  // The environment named `default` is not the default one here.
  t.is(await single({}), false);
  t.is(await single({ environmentKey: "live" }), true);
  t.is(await single({}, { [H]: "live" }), true);
  t.is(await single({}, { [H]: "" }), false);
  t.is(await single({ environmentKey: "ghost" }), true);
  t.is(await single({ environmentKey: "ghost" }, { [H]: "default" }), false);
  t.is(await single({ environmentKey: "ghost" }, { [H]: "ghost2" }), 404);
  const batch = await ask(server.url, "POST", "evaluate/v1/batch", { body: { requests: [BANNER] } });
  t.like((batch.body as { responses: unknown[] }).responses[0], { booleanResponse: { enabled: true } });
  const ofrep = await ask(server.url, "POST", "ofrep/v1/evaluate/flags/banner", { body: {} });
  t.like(ofrep.body, { value: true });
  t.is((await ask(server.url, "GET", "api/v1/flags?environmentKey=ghost")).status, 404);
  t.is((await ask(server.url, "GET", "api/v1/flags?environmentKey=default")).status, 200);
});

test("an environment without a snapshot is empty", async (t) => {
  const { url } = await startTestServer(t);
  const post = async (body: object): Promise<unknown> =>
    ((await ask(url, "POST", "evaluate/v1/boolean", { body })).body as { message: string }).message;
  t.is(await post({ flagKey: "x" }), 'flag "default/x" not found');
  t.is(await post({ flagKey: "x", namespaceKey: "ops" }), 'namespace "ops" not found');
  t.is((await ask(url, "GET", "internal/v1/evaluation/snapshot/namespace/default")).status, 404);
  const bulk = await ask(url, "POST", "ofrep/v1/evaluate/flags", { body: {} });
  t.is(bulk.headers.get("etag"), 'W/"55b39bcebc8c5d25"');
  t.deepEqual((await ask(url, "GET", "api/v1/flags")).body, { flags: [], nextPageToken: "", totalCount: 0 });
});

test("paths: decoded before they are split, one trailing slash, whole URLs, offers to upgrade", async (t) => {
  const { url } = await start(t);
  const get = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await raw(url, { path, headers })).status;
  t.is(await get("/internal/v1/evaluation/snapshot/namespace/o%70s"), 200);
  t.is(await get("/internal/v1/evaluation/snapshot/namespace/a%2Fb"), 404);
  t.is(await get("/internal/v1/evaluation/snapshot/namespace/ops/"), 200);
  t.is(await get("/internal/v1/evaluation/snapshot/namespace/ops//"), 404);
  t.is(await get("/api/v1/namespaces/%6fps/flags"), 200);
  t.is(await get("/api/v1/namespaces/ops/flags/"), 200);
  t.is(await get("/api/v1/namespaces/%zz/flags"), 400);
  t.is(await get(`${url}/health`), 200);
  t.is(
    await get("/health", {
      connection: "Upgrade, HTTP2-Settings",
      upgrade: "h2c",
      "http2-settings": "AAMAAABkAARAAAAAAAIAAAAA",
    }),
    200,
  );
  t.is((await raw(url, { path: "/evaluate/v1/boolean", method: "PATCH" })).status, 501);
  t.is((await raw(url, { path: "/health", method: "HEAD" })).status, 501);
  t.is((await raw(url, { path: "/metrics", method: "DELETE" })).status, 200);
  for (const path of ["/evaluate", "/client", "/internal", "/auth", "/api", "/api/v2", "/", "/favicon.ico"]) {
    const answer = await raw(url, { path });
    t.deepEqual([answer.status, answer.headers["content-type"]], [404, "text/plain; charset=utf-8"], path);
  }
  const page = await (await fetch(`${url}/`)).text();
  for (const pointer of ["404 page not found\n", "/openapi.json", "/health", "/api/status", "README.md"]) {
    t.true(page.includes(pointer), pointer);
  }
  t.is(await (await fetch(`${url}/favicon.ico`)).text(), "404 page not found\n");
  for (const path of ["/evaluate/v1", "/client/v2", "/ofrep", "/api/v1", "/auth/v1", "/meta", "/metrics/x", "/hooks"]) {
    const answer = await raw(url, { path });
    t.deepEqual([answer.status, answer.headers["content-type"]], [404, "application/json"], path);
  }
});

test("a request's id is taken over when it is safe, and made otherwise", async (t) => {
  const { url } = await start(t);
  const id = async (path: string, given?: string): Promise<string | null> =>
    (await ask(url, "GET", path, given === undefined ? {} : { headers: { "x-request-id": given } })).headers.get(
      "x-request-id",
    );
  t.is(await id("health", "abc-1.2"), "abc-1.2");
  t.is(await id("internal/v1/evaluation/snapshot/namespace/ops", "abc-1.2"), "abc-1.2");
  t.regex((await id("health", 'a b"c')) ?? "", /^[0-9a-f-]{36}$/);
  t.regex((await id("health", "x".repeat(129))) ?? "", /^[0-9a-f-]{36}$/);
});

test("what is no JSON, or repeats what was asked, is taken for a page by no browser", async (t) => {
  const { url } = await start(t, { config: required() });
  for (const path of [
    "/",
    "/nowhere/<script>",
    "/auth/v1/self",
    "/api/v2/environments/<b>/namespaces",
    "/openapi.json",
  ]) {
    const { headers } = await raw(url, { path: encodeURI(path) });
    t.is(headers["x-content-type-options"], "nosniff", path);
    t.notRegex(String(headers["content-type"]), /html/);
  }
});

test("health tells failed storages and those that wait", async (t) => {
  const { url, storages } = await start(t);
  const storage = storageStatus({
    state: "failed",
    lastError: { code: "VEXIL_REMOTE_NOT_FOUND", step: "http", message: "404", at: 0 },
  });
  storages.push(storage, { ...storage, id: "other", state: "starting", hasSnapshot: false, lastError: undefined });
  const health = await ask(url, "GET", "health");
  t.deepEqual(
    [health.status, health.body],
    [503, { code: 14, message: "storage main failed: http: 404", details: [] }],
  );
  const ready = await ask(url, "GET", "health/ready");
  t.deepEqual([ready.status, (ready.body as { message: string }).message], [503, "storage other has no snapshot yet"]);
  t.is((await ask(url, "GET", "health/live")).status, 200);
});

test("a status lists so many faults of a storage and no more, and says how many there are beside", async (t) => {
  const fault = { file: "features.yaml", reason: "no mapping", revision: "0".repeat(40) };
  const storage = storageStatus({
    quarantined: Array.from({ length: 2500 }, (_, index) => ({ ...fault, namespace: `n${index}` })),
  });
  const { url, storages } = await start(t);
  storages.push(storage);
  const { body } = await ask(url, "GET", "api/status");
  const [shown] = (body as { storages: readonly { quarantined: readonly unknown[]; warnings: readonly string[] }[] })
    .storages;
  t.is(shown?.quarantined.length, 2000);
  t.deepEqual(shown?.warnings, ["500 more faults of quarantined files are not listed"]);
});

test("a port in use is one clear error", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.teardown(() => taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as { port: number };
  const error = await t.throwsAsync(startTestServer(t, { serverConfig: { port } }));
  t.like(error, { code: "VEXIL_UNAVAILABLE_ADDRESS" });
  t.regex(error?.message ?? "", new RegExp(`127.0.0.1:${port}.*http_port`));
});
