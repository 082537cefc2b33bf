import test from "ava";
import { startTestServer } from "../helpers/http/http-server.js";
import { RawConnection, rawRequest } from "../helpers/http/raw-exchange.js";

test("health answers, without a trailing slash", async (t) => {
  const { url } = await startTestServer(t);
  const health = await fetch(`${url}/health`);
  t.deepEqual([health.status, await health.json()], [200, { status: "SERVING" }]);
  t.is((await fetch(`${url}/health/`)).status, 404);
});

test("unknown paths are JSON below the API's prefixes and text elsewhere; wrong methods are 501", async (t) => {
  const { url } = await startTestServer(t);
  const unknown = await fetch(`${url}/evaluate/v1/nothing`);
  t.deepEqual([unknown.status, await unknown.json()], [404, { code: 5, message: "Not Found", details: [] }]);
  const elsewhere = await fetch(`${url}/api`);
  t.is(elsewhere.status, 404);
  t.true(elsewhere.headers.get("content-type")?.startsWith("text/plain"));
  const wrong = await fetch(`${url}/health`, { method: "POST", body: "{}" });
  t.deepEqual([wrong.status, await wrong.json()], [501, { code: 12, message: "Method Not Allowed", details: [] }]);
});

test("a wrong method is told as JSON on each path that there is", async (t) => {
  const { url } = await startTestServer(t);
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> };
  for (const path of Object.keys(paths)) {
    // Streams, OpenFeature's routes and those of git tell it in their own way, and metrics take any method.
    if (path.endsWith("/stream") || /^\/(?:ofrep|git)\//.test(path) || path === "/metrics") continue;
    const answer = await fetch(url + path.replace(/\{\w+\}/g, "x"), { method: "PATCH" });
    const text = await answer.text();
    t.regex(text, /^\{"code":\d+,/, `PATCH ${path}: ${answer.status}`);
  }
});

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(
    `${processes}: targets that cannot be read are refused alike, and all others are what they were`,
    async (t) => {
      const { url } = await startTestServer(t, { serverConfig: { workers } });
      for (const line of [
        "GET /openapi.json#%",
        "GET /openapi.json#",
        "GET /openapi.json?a#b",
        "GET /health#%",
        "POST /evaluate/v1/boolean#",
        "PUT /api/v2/environments/default/namespaces#%",
        "PROPFIND /nothing#%",
        "PROPFIND /nothing%zz",
        "OPTIONS /metrics%",
        "OPTIONS *openapi.json",
        "GET *openapi.json",
        "POST *evaluate/v1/boolean",
        "GET http://localhost/openapi.json#%",
      ]) {
        const connection = await RawConnection.open(t, url);
        const { status, headers, body } = await connection.write(rawRequest(line)).answer();
        t.deepEqual([status, headers["content-type"]], [400, "application/json"], line);
        t.like(JSON.parse(body), { code: 3, details: [] }, line);
      }
      for (const [line, status, type] of [
        ["OPTIONS *", 404, "text/plain; charset=utf-8"],
        ["GET http://localhost", 404, "text/plain; charset=utf-8"],
        ["GET http://localhost?a", 404, "text/plain; charset=utf-8"],
        ["GET http://localhost/openapi.json", 200, "application/json"],
        ["GET /open%61pi%2Ejson?a=%", 200, "application/json"],
        ["GET /openapi.json%23", 404, "text/plain; charset=utf-8"],
      ] as const) {
        const connection = await RawConnection.open(t, url);
        const answer = await connection.write(rawRequest(line)).answer();
        t.deepEqual([answer.status, answer.headers["content-type"]], [status, type], line);
      }
    },
  );
}
