import { join } from "node:path";
import test from "ava";
import { eventually, type Json, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

async function enabled(daemon: RunningDaemon, namespaceKey: string, flagKey: string): Promise<unknown> {
  return (await daemon.post("/evaluate/v1/boolean", { namespaceKey, flagKey, entityId: "u" })).body.enabled;
}

const storageOf = async (daemon: RunningDaemon): Promise<Json> => (await daemon.get("/api/status")).body.storages[0];

test("a bad file keeps its own namespace at its last good state, the rest moves on, also across a restart", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const path = join(await temporaryDirectory(t), "store");
  const config = {
    storage: { default: { remote: repository.path, poll_interval: "1s", backend: { type: "local", path } } },
  };
  const first = await startDaemon(t, { config });
  const ops = (EXAMPLE_FILES["ops/features.yaml"] ?? "").replace("percentage: 12.5", "percentage: 100, value: true");
  const head = await repository.commit({ "default/features.yaml": "flags: [", "ops/features.yaml": ops });
  await eventually(
    () => storageOf(first),
    (one) => one.revision === head,
  );
  t.is(await enabled(first, "default", "banner"), true);
  t.is(await enabled(first, "ops", "kill-switch"), true);
  const line = await first.line(({ event }) => event === "features.quarantined");
  t.is(line.file, "default/features.yaml");
  t.is(line.namespace, "default");
  t.is(line.revision, head);
  t.is(await first.stop(), 0);

  const second = await startDaemon(t, { config });
  t.is(await enabled(second, "default", "banner"), true);
  t.is(await enabled(second, "ops", "kill-switch"), true);
  const { quarantined, state } = await storageOf(second);
  t.is(state, "ready");
  t.is(quarantined[0].file, "default/features.yaml");
  t.is(typeof quarantined[0].line, "number");
  const healed = await repository.commit({ "default/features.yaml": EXAMPLE_FILES["default/features.yaml"] });
  await eventually(
    () => storageOf(second),
    (one) => one.revision === healed && one.quarantined.length === 0,
  );
  await second.line(({ event }) => event === "features.recovered");
});
