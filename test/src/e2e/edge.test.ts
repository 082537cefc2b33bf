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
