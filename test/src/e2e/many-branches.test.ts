import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { eventually, type Json, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { measureSilence } from "../helpers/daemon/longest-silence.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { addBranches, branchNames } from "../helpers/repositories/many-branches.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const MANY = 40_000;
/** The promise. */
const SILENCE_MS = 1_000;

const storageOf = async (daemon: RunningDaemon): Promise<Json> => (await daemon.get("/api/status")).body.storages[0];

/** Tells whether an environment is there, by what its namespaces are answered with. */
async function answered(daemon: RunningDaemon, environment: string): Promise<number> {
  return (await daemon.get(`/api/v2/environments/${environment}/namespaces`)).status;
}

async function start(
  t: ExecutionContext,
  options: { backend: "memory" | "bare"; maxBranches?: number; http?: boolean },
) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const remote = options.http === true ? (await startGitHttpServer(t, repository.path)).url : repository.path;
  const path = join(await temporaryDirectory(t), "store");
  const backend = options.backend === "memory" ? { type: "memory" } : { type: "local", path };
  const limit = options.maxBranches === undefined ? {} : { max_branches: options.maxBranches };
  const config = {
    storage: { main: { remote, poll_interval: "1h", backend } },
    environments: { default: { storage: "main", default: true, ...limit } },
  };
  const daemon = await startDaemon(t, { config });
  // What is loaded with the first request is not what is measured.
  await daemon.get("/health/live");
  await storageOf(daemon);
  return { repository, config, daemon };
}

for (const backend of ["memory", "bare"] as const) {
  test.serial(`40,000 branches of an environment leave no probe without an answer (${backend})`, async (t) => {
    const { repository, daemon } = await start(t, { backend, http: backend === "memory" });
    const head = (await repository.head()) ?? "";
    await addBranches(repository, branchNames(MANY), () => head);
    const meter = measureSilence(daemon);
    t.is((await daemon.post("/api/storages/main/sync?wait=true", {})).status, 200);
    const status = await storageOf(daemon);
    t.is(status.state, "ready", JSON.stringify(status.lastError));
    t.is(status.environments.length, 501);
    const [beyond] = status.unservedBranches;
    t.like(beyond, { environment: "default", limit: 500, count: MANY - 500 });
    t.true(beyond.names.length <= 10);
    t.is(beyond.names[0], "flipt/default/b00500");
    t.is(await answered(daemon, "b00499"), 200);
    t.is(await answered(daemon, "b00500"), 404);
    // Nothing has changed: neither the next poll nor the log has more to say.
    t.is((await daemon.post("/api/storages/main/sync?wait=true", {})).status, 200);
    const longest = await meter.stop();
    t.log(`longest silence ${Math.round(longest.ms)} ms, ${longest.busyMs} ms of them at work`);
    t.true(longest.busyMs < SILENCE_MS, `the daemon worked ${longest.busyMs} ms before it answered a probe`);
    const told = daemon.lines.filter(({ event }) => event === "branches.limited");
    t.is(told.length, 1);
    t.true(JSON.stringify(told[0]).length < 2_000);
    t.true(daemon.lines.length < 3_000);
  });
}

test.serial(
  "branches beyond the limit are served as soon as there is room, and those that are served stay",
  async (t) => {
    const { repository, daemon } = await start(t, { backend: "memory", maxBranches: 2 });
    const head = (await repository.head()) ?? "";
    await addBranches(repository, ["flipt/default/m", "flipt/default/n"], () => head);
    await daemon.post("/api/storages/main/sync?wait=true", {});
    await addBranches(repository, ["flipt/default/a", "flipt/m/nested"], () => head);
    await daemon.post("/api/storages/main/sync?wait=true", {});
    const status = await storageOf(daemon);
    t.deepEqual([...status.environments].sort(), ["default", "m", "n"]);
    t.deepEqual(status.unservedBranches, [
      { environment: "default", limit: 2, count: 2, names: ["flipt/default/a", "flipt/m/nested"] },
    ]);
    await repository.git("branch", "-D", "flipt/default/n");
    await daemon.post("/api/storages/main/sync?wait=true", {});
    t.deepEqual([...(await storageOf(daemon)).environments].sort(), ["a", "default", "m"]);
    // By the API none is made that would not be served.
    const refused = await daemon.post("/api/v2/environments/default/branches", { key: "more" });
    t.is(refused.status, 403);
    t.regex(JSON.stringify(refused.body), /max_branches/);
    t.is(await repository.head("flipt/default/more"), undefined);
    await repository.git("branch", "-D", "flipt/m/nested", "flipt/default/m");
    await daemon.post("/api/storages/main/sync?wait=true", {});
    await eventually(
      () => storageOf(daemon),
      (one) => one.unservedBranches === undefined,
    );
  },
);

test.serial("a limit that is set high holds: thousands of served branches are work in slices too", async (t) => {
  const { repository, daemon } = await start(t, { backend: "memory", maxBranches: 2_500 });
  const head = (await repository.head()) ?? "";
  await addBranches(repository, branchNames(2_000), () => head);
  const meter = measureSilence(daemon);
  await daemon.post("/api/storages/main/sync?wait=true", {});
  t.is((await storageOf(daemon)).environments.length, 2_001);
  const next = await repository.commit({ "ops/features.yaml": "namespace: ops\n" });
  await addBranches(repository, branchNames(2_000), () => next);
  await daemon.post("/api/storages/main/sync?wait=true", {});
  t.is(await answered(daemon, "b01999"), 200);
  await repository.git("pack-refs", "--all");
  await repository.git("for-each-ref", "refs/heads/flipt");
  const longest = await meter.stop();
  await daemon.stop();
  t.log(`longest silence ${Math.round(longest.ms)} ms, ${longest.busyMs} ms of them at work`);
  t.true(longest.busyMs < SILENCE_MS, `the daemon worked ${longest.busyMs} ms before it answered a probe`);
});
