import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { featuresFile } from "../bench/generated-flags.js";
import { eventually, type Json, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const FLAGS = 60;
const FILES = {
  "default/features.yaml": featuresFile("default", FLAGS),
  "faulty/features.yaml": `${featuresFile("faulty", 20)}  - key: broken\n    match_type: NONE\n`,
};

/** All that clients are told, but for when it was read. */
async function answersOf({ get, post }: RunningDaemon): Promise<Json> {
  const requests = Array.from({ length: FLAGS }, (_, index) => ({
    flagKey: `flag-${index}`,
    entityId: `e${index}`,
    context: { country: "de", age: "44" },
  }));
  const batch = await post("/evaluate/v1/batch", { requests });
  const { body: status } = await get("/api/status");
  const { body: explained } = await post("/evaluate/v1/explain", {
    flagKey: "flag-1",
    entityId: "ada",
    context: { country: "de" },
  });
  const snapshot = await get("/internal/v1/evaluation/snapshot/namespace/default");
  const plain = JSON.parse(
    JSON.stringify(
      { batch: batch.body.responses, snapshot: snapshot.body, explained, quarantined: status.storages[0].quarantined },
      (key, value) =>
        /^(?:time|createdAt|updatedAt|timestamp|requestId|requestDurationMillis|builtAt)$/.test(key)
          ? undefined
          : value,
    ),
  );
  return { ...plain, status: batch.status };
}

async function startIn(t: ExecutionContext, state: string, cwd: string, path: string): Promise<RunningDaemon> {
  return startDaemon(t, {
    cwd,
    env: { XDG_STATE_HOME: state },
    config: { storage: { default: { backend: { type: "local", path } } } },
  });
}

test("a start by what the one before has kept gives the same answers, and so does one by damaged files", async (t) => {
  t.timeout(180_000);
  const repository = await temporaryRepository(t, { files: FILES });
  const [state, cwd] = [await temporaryDirectory(t), await temporaryDirectory(t)];
  const start = (): Promise<RunningDaemon> => startIn(t, state, cwd, repository.path);
  const cold = await start();
  const expected = await answersOf(cold);
  t.is(expected.status, 200);
  t.is(expected.quarantined[0].file, "faulty/features.yaml");
  const kept = (): Promise<readonly string[]> =>
    readdir(state, { recursive: true }).then((names) => names.filter((name) => name.endsWith(".parsed")));
  const [name = ""] = await eventually(kept, (names) => names.length === 1, 60_000);
  await cold.stop();

  const warm = await start();
  t.deepEqual(await answersOf(warm), expected);
  await warm.stop();
  t.deepEqual(
    warm.lines.filter(({ event }) => event.startsWith("cache.")),
    [],
  );

  const bytes = await readFile(join(state, name));
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  await writeFile(join(state, name), bytes);
  const damaged = await start();
  t.deepEqual(await answersOf(damaged), expected);
  await damaged.stop();
  t.is(damaged.lines.filter(({ event }) => event === "cache.ignored").length, 1);
});
