import { join } from "node:path";
import test from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { banner, bannerFile, startEdge, startOrigin } from "../helpers/daemon/edges.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

for (const backend of ["memory", "local"]) {
  test(`an edge in ${backend} serves what its upstream serves, and follows its changes`, async (t) => {
    const { remote, daemon, gateway } = await startOrigin(t);
    const path = backend === "local" ? { path: join(await temporaryDirectory(t), "kept") } : {};
    const edge = await startEdge(t, gateway.url, path);
    t.is(await banner(edge), true);
    t.deepEqual(
      (await edge.get("/api/v2/storages")).body.storages,
      (await daemon.get("/api/v2/storages")).body.storages,
    );
    await remote.commit(bannerFile(false));
    await eventually(
      () => banner(edge),
      (enabled) => enabled === false,
    );
    const looks = gateway.passed.filter(({ path: asked }) => asked === "/api/v2/storages");
    t.true(looks.length <= 2, "it was told, and did not look by itself");
  });
}

test("an edge of an edge serves the same, and a change passes through both", async (t) => {
  const { remote, gateway, daemon } = await startOrigin(t);
  const middle = await startEdge(t, gateway.url);
  const last = await startEdge(t, middle.url);
  t.is(await banner(last), true);
  const ids = (await last.get("/api/v2/storages")).body.upstreams;
  t.deepEqual(ids, [
    (await middle.get("/api/v2/storages")).body.instance,
    (await daemon.get("/api/v2/storages")).body.instance,
  ]);
  await remote.commit(bannerFile(false));
  await eventually(
    () => banner(last),
    (enabled) => enabled === false,
  );
});

test("a change costs an edge one request, and where the stream of heads is wrong it serves what is so all the same", async (t) => {
  const { remote, gateway } = await startOrigin(t);
  const edge = await startEdge(t, gateway.url);
  const packs = (): number => gateway.passed.filter(({ path }) => path.endsWith("/git-upload-pack")).length;
  const before = packs();
  await remote.commit(bannerFile(false));
  await eventually(
    () => banner(edge),
    (enabled) => enabled === false,
  );
  t.is(packs(), before + 1);

  gateway.answer((request, response) => {
    if (!request.url?.startsWith("/api/v2/events")) return false;
    response.writeHead(200, { "content-type": "text/event-stream" });
    const head = { environment: "default", storage: "default", revision: "1".repeat(40) };
    const tell = setInterval(() => response.write(`event: head\ndata: ${JSON.stringify(head)}\n\n`), 100);
    response.on("close", () => clearInterval(tell));
    return true;
  });
  gateway.shut();
  await edge.line(({ event }) => event === "edge.disconnected");
  gateway.open();
  await remote.commit(bannerFile(true));
  await eventually(
    () => banner(edge),
    (enabled) => enabled === true,
  );
});
