import { join } from "node:path";
import test from "ava";
import { eventually, type RunningDaemon } from "../helpers/daemon/daemon.js";
import { banner, startEdge, startOrigin } from "../helpers/daemon/edges.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

async function counted(daemon: RunningDaemon): Promise<number> {
  const { body } = await daemon.get("/api/v2/environments/default/namespaces/default/usage");
  return body.flags.find(({ key }: { key: string }) => key === "banner").evaluations;
}

async function ask(daemon: RunningDaemon, times: number): Promise<void> {
  for (let index = 0; index < times; index += 1) await banner(daemon);
}

test("evaluations of an edge count once upstream, over restarts, and failures after which they are told again", async (t) => {
  const analytics = { buffer: { flush_period: "10s" } };
  const { daemon, gateway } = await startOrigin(t, { analytics });
  const cwd = await temporaryDirectory(t);
  const path = join(cwd, "kept");
  const start = () =>
    startEdge(t, gateway.url, { path }, { cwd, analytics: { ...analytics, path: join(cwd, "usage") } });
  let edge = await start();
  await ask(edge, 7);
  // The upstream has taken what it never hears back of.
  let lost = 0;
  gateway.answer((request, response) => {
    if (request.method !== "PUT" || lost > 0) return false;
    lost += 1;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url = "" } = request;
      void fetch(daemon.url + url, { method: "PUT", body: Buffer.concat(chunks) }).then(() => response.destroy());
    });
    return true;
  });
  t.is(await edge.stop(), 0);
  t.is(lost, 1, "it was told at the end");
  t.is(await counted(daemon), 7);
  edge = await start();
  await ask(edge, 5);
  t.is(await edge.stop(), 0);
  await eventually(
    () => counted(daemon),
    (count) => count === 12,
  );
  t.true(gateway.passed.filter(({ method }) => method === "PUT").length >= 3, "the first hour was told again");

  gateway.shut();
  edge = await start();
  await ask(edge, 3);
  t.is(await edge.stop(), 0);
  t.is(await counted(daemon), 12);
  gateway.open();
  edge = await start();
  await eventually(
    () => counted(daemon),
    (count) => count === 15,
  );
});

test("counts are taken of those with the right to report, in places that there are", async (t) => {
  const tokens = { edge: { credential: "edge" }, reader: { credential: "reader" } };
  const { daemon } = await startOrigin(t, {
    authentication: { required: true, methods: { token: { enabled: true, storage: { tokens } } } },
    authorization: {
      required: true,
      backend: "roles",
      roles: { edge: [{ actions: ["read", "report"] }], reader: [{ actions: ["read"] }] },
      bindings: [
        { role: "edge", match: { token: "edge" } },
        { role: "reader", match: { token: "reader" } },
      ],
    },
  });
  const hour = `${new Date().toISOString().slice(0, 13)}.0123456789abcdef`;
  const now = Date.now();
  const row = ["default", "default", "banner", now, now, [["true", "DEFAULT_EVALUATION_REASON", 4]]];
  const elsewhere = ["nowhere", "default", "banner", now, now, [["true", "DEFAULT_EVALUATION_REASON", 4]]];
  const put = (body: unknown, token: string, name = hour) =>
    daemon.call("PUT", `/api/v2/usage/${name}`, body, { authorization: `Bearer ${token}` });
  const body = { version: 1, flags: [row, elsewhere] };
  t.is((await put(body, "reader")).status, 403);
  t.is((await put(body, "nobody")).status, 401);
  t.deepEqual(await put(body, "edge"), { status: 200, body: { counted: true } });
  t.deepEqual(await put(body, "edge"), { status: 200, body: { counted: true } });
  t.is((await put({ version: 2 }, "edge")).status, 400);
  t.is((await put(body, "edge", "..")).status, 404);
  t.is((await put(body, "edge", "2026-11-30T11.x")).status, 400);
  t.deepEqual(await put(body, "edge", "2001-01-01T00.0123456789abcdef"), { status: 200, body: { counted: false } });
  const usage = await daemon.get("/api/v2/environments/default/namespaces/default/usage", {
    authorization: "Bearer reader",
  });
  t.is(usage.body.flags.find(({ key }: { key: string }) => key === "banner").evaluations, 4);
});
