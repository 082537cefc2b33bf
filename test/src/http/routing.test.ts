import test from "ava";
import { startTestServer } from "../helpers/http/http-server.js";

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
