import { execFile } from "node:child_process";
import { join } from "node:path";
import test from "ava";
import { eventually, VEXIL } from "../helpers/daemon/daemon.js";
import { banner, bannerFile, startEdge, startOrigin, writeBanner } from "../helpers/daemon/edges.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startEdgeGateway } from "../helpers/network/edge-gateway.js";

/** Asks `vexil status` about a daemon: what it prints, and the code it exits with. */
function statusOf(url: string): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VEXIL, "status", "--url", url], (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout });
    });
  });
}

test("an edge outlives its upstream, and a restart without it; both are killed, and all heals", async (t) => {
  const origin = await startOrigin(t);
  const { remote, gateway } = origin;
  const cwd = await temporaryDirectory(t);
  const path = join(cwd, "kept");
  const edge = await startEdge(t, gateway.url, { path, poll_interval: "1s" }, { cwd });
  t.is(await banner(edge), true);
  t.is((await edge.get("/api/status")).body.upstream.state, "connected");

  await origin.daemon.stop("SIGKILL");
  gateway.shut();
  await edge.line(({ event }) => event === "edge.disconnected");
  await eventually(
    async () => (await edge.get("/api/status")).body.storages[0].state,
    (state) => state === "stale",
  );
  for (let index = 0; index < 20; index += 1) t.is(await banner(edge), true);
  t.is((await edge.get("/health/ready")).status, 200);
  t.is((await edge.get("/api/status")).body.upstream.state, "disconnected");
  t.regex(String((await edge.get("/metrics")).body), /^vexil_edge_connected\{upstream="[^"]+"\} 0$/m);

  await edge.stop("SIGKILL");
  const again = await startEdge(t, gateway.url, { path, poll_interval: "1s" }, { cwd });
  t.is(await banner(again), true, "it starts with what it kept");

  await remote.commit(bannerFile(false));
  const back = await startOrigin(t, {}, remote);
  gateway.target(back.daemon.url);
  gateway.open();
  await eventually(
    () => banner(again),
    (enabled) => enabled === false,
  );
  await again.line(({ event }) => event === "edge.connected");
  await eventually(
    async () => (await again.get("/api/status")).body.storages[0].state,
    (state) => state === "ready",
  );
});

test("an edge without anything kept listens while its upstream is away, and serves it as soon as it is there", async (t) => {
  const origin = await startOrigin(t);
  origin.gateway.shut();
  const edge = await startEdge(t, origin.gateway.url);
  t.is((await edge.get("/health/ready")).status, 503);
  t.is((await edge.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" })).status, 503);
  const before = await statusOf(edge.url);
  t.is(before.code, 1);
  t.regex(before.text, /\nedge of http:\S+: disconnected since \S+: .*\(VEXIL_CONNECTION_\w+\)\n/);
  t.regex(before.text, /\nnothing to serve yet\n$/);
  origin.gateway.open();
  await eventually(
    () => banner(edge),
    (enabled) => enabled === true,
  );
  await edge.line(({ event }) => event === "edge.connected");
  const after = await statusOf(edge.url);
  t.is(after.code, 0);
  t.regex(after.text, /\nedge of http:\S+: connected since \S+\ndefault \(memory\): ready\n/);
});

test("an edge goes on while its upstream, an edge itself, has begun anew and knows nothing yet", async (t) => {
  const origin = await startOrigin(t);
  const near = await startEdge(t, origin.gateway.url);
  const gateway = await startEdgeGateway(t, near.url);
  const far = await startEdge(t, gateway.url, { poll_interval: "1s" });
  t.is(await banner(far), true);

  await near.stop("SIGKILL");
  origin.gateway.shut();
  const again = await startEdge(t, origin.gateway.url);
  const unknown = await again.get("/api/v2/storages");
  t.is(unknown.status, 503);
  t.regex(unknown.body.message, /upstream/);
  gateway.target(again.url);
  const asked = (): number =>
    gateway.passed.filter(({ path, bytes }) => path === "/api/v2/storages" && bytes > 0).length;
  const before = asked();
  await eventually(
    async () => asked(),
    (count) => count >= before + 2,
  );
  t.is(await banner(far), true);

  await origin.remote.commit(bannerFile(false));
  origin.gateway.open();
  await eventually(
    () => banner(far),
    (enabled) => enabled === false,
  );
});

test("an edge whose upstream is itself says so, and serves on", async (t) => {
  const origin = await startOrigin(t);
  const edge = await startEdge(t, origin.gateway.url);
  t.is(await banner(edge), true);
  origin.gateway.target(edge.url);
  origin.gateway.shut();
  origin.gateway.open();
  const line = await edge.line(({ event, code }) => event === "edge.disconnected" && code === "VEXIL_REFUSED_LOOP");
  t.regex(String(line.reason), /this daemon itself/);
  t.is(await banner(edge), true);
});

test("a change that is forwarded is its caller's commit upstream, and served here before it is answered", async (t) => {
  const authentication = {
    required: true,
    exclude: { evaluation: true },
    methods: { token: { enabled: true, storage: { tokens: { ada: { credential: "s3cr3t-of-ada" } } } } },
  };
  const { remote, daemon, gateway } = await startOrigin(t, { authentication });
  const credentials = { up: { type: "access_token", access_token: "s3cr3t-of-ada" } };
  const edged = { credentials: "up", writes: "forward", timeouts: { push: "1s", total: "1s" } };
  const edge = await startEdge(t, gateway.url, edged, { authentication, credentials });
  const ada = { authorization: "Bearer s3cr3t-of-ada" };

  const written = await writeBanner(edge, false, ada);
  t.is(written.status, 200);
  t.is(await banner(edge), false, "read your writes");
  t.is(await remote.head(), written.body.revision);
  t.regex(await remote.git("log", "-1", "--format=%B", "main"), /ada/);
  t.is(await banner(daemon), false);
  t.is((await writeBanner(edge, true)).status, 401);
  t.is((await writeBanner(edge, true, { authorization: "Bearer another" })).status, 401);

  const stale = await writeBanner(edge, true, ada, "1".repeat(40));
  t.deepEqual(stale, await writeBanner(daemon, true, ada, "1".repeat(40)), "answers come back unchanged");
  t.is(stale.status, 409);
  const flags = `${edge.url}/api/v2/environments/default/namespaces/default/resources`;
  const body = JSON.stringify({ key: "banner", payload: { "@type": "flipt.core.Flag" }, revision: "1".repeat(40) });
  const refused = await fetch(flags, { method: "PUT", headers: ada, body });
  t.deepEqual([refused.status, refused.headers.get("vexil-error")], [409, "VEXIL_CONFLICT_REVISION"]);

  gateway.answer((request) => request.method === "PUT");
  t.is((await writeBanner(edge, true, ada)).status, 504);
  gateway.answer(undefined);
  gateway.shut();
  const away = await writeBanner(edge, true, ada);
  t.true([502, 504].includes(away.status));
  t.false(JSON.stringify([away.body, edge.lines]).includes("s3cr3t-of-ada"));
  t.is((await edge.get("/api/v2/environments/default/namespaces/default/resources/flipt.core.Flag", ada)).status, 200);
});

test("an edge that takes no changes refuses them with its upstream's address", async (t) => {
  const { gateway, remote } = await startOrigin(t);
  const edge = await startEdge(t, gateway.url);
  const head = await remote.head();
  const refused = await writeBanner(edge, false);
  t.is(refused.status, 403);
  t.true(refused.body.message.includes(gateway.url));
  t.is(await remote.head(), head);
});

test("an edge fetches from where its upstream's git has moved to, and shows nobody there its credential", async (t) => {
  const { daemon, gateway } = await startOrigin(t);
  const elsewhere = await startEdgeGateway(t, daemon.url);
  gateway.answer((request, response) => {
    if (!request.url?.startsWith("/git/")) return false;
    response.writeHead(307, { location: `${elsewhere.url}${request.url}` }).end();
    return true;
  });
  const credentials = { up: { type: "access_token", access_token: "s3cr3t-of-ada" } };
  const edge = await startEdge(t, gateway.url, { credentials: "up" }, { credentials });
  t.is(await banner(edge), true);
  await writeBanner(daemon, false);
  await eventually(
    () => banner(edge),
    (enabled) => enabled === false,
  );
  t.true(
    gateway.passed.every(({ authorization }) => authorization !== undefined),
    "its upstream is shown it",
  );
  t.true(elsewhere.passed.some(({ path }) => path.endsWith("/git-upload-pack")));
  t.deepEqual(
    elsewhere.passed.flatMap(({ authorization }) => authorization ?? []),
    [],
  );
});
