import { join } from "node:path";
import test from "ava";
import { eventually, type Json } from "../helpers/daemon/daemon.js";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const features = (namespace: string, key: string): string =>
  `namespace: ${namespace}\nflags:\n  - {key: ${key}, name: On, type: BOOLEAN_FLAG_TYPE, enabled: true}\n`;
const FAULTY = "flags: [";
const DEADLINE_MS = 120_000;

/** Files that take a good part of a second each, whatever the machine, and no more than a sound one may. */
const slowish = (count: number, mark: string): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `d${index}/features.yaml`,
      `${'"'.repeat(SLOWISH_CHARACTERS)} # ${mark} ${index}\n`,
    ]),
  );
const SLOWISH_CHARACTERS = 34_000;
/** Files that no parser gets through in the time that it is given. */
const slow = (count: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`d${index}/features.yaml`, `[${",".repeat(250_000)} # ${index}\n`]),
  );

/** A repository whose good version lies below commits of hostile files; of its head only `billing` is faulty. */
async function hostilePast(
  repository: TemporaryRepository,
  commits: readonly Readonly<Record<string, string>>[],
): Promise<void> {
  await repository.commit({ "billing/features.yaml": features("payments", "good") });
  for (const [index, files] of commits.entries()) {
    // Only states in which what is faulty differs are looked through.
    const gone = Object.keys(files).map((path) => [path, undefined]);
    await repository.commit({ ...files, "billing/features.yaml": `${FAULTY} # ${index}\n` });
    await repository.commit({ ...Object.fromEntries(gone), "billing/features.yaml": `${FAULTY} # ${index} cleaned\n` });
  }
}

const ask = async (
  { url }: InProcessDaemon,
  path: string,
  init?: RequestInit,
): Promise<{ status: number; body: Json }> => {
  const answer = await fetch(`${url()}${path}`, init);
  return { status: answer.status, body: await answer.json() };
};

async function flagsOf(daemon: InProcessDaemon, environment: string, namespace: string): Promise<unknown> {
  const { status, body } = await ask(daemon, `/client/v2/environments/${environment}/namespaces/${namespace}/snapshot`);
  return status === 200 ? body.flags.map(({ key }: Json) => key).join() : status;
}

const storageOf = async (daemon: InProcessDaemon, storage: string): Promise<Json> =>
  (await ask(daemon, "/api/status")).body.storages.find(({ id }: Json) => id === storage);

/** The status of the answer to a write of a flag. */
async function write(daemon: InProcessDaemon, environment: string): Promise<number> {
  const payload = { "@type": "flipt.core.Flag", key: "new", name: "N", type: "BOOLEAN_FLAG_TYPE", enabled: true };
  const path = `/api/v2/environments/${environment}/namespaces/sound/resources`;
  const headers = { "content-type": "application/json" };
  return (await ask(daemon, path, { method: "POST", headers, body: JSON.stringify({ key: "new", payload }) })).status;
}

test("a start is ready, reads and writes, while the past of a storage is full of hostile files", async (t) => {
  const sound = { "sound/features.yaml": features("sound", "on") };
  const hostile = await temporaryRepository(t, { files: sound });
  const innocent = await temporaryRepository(t, { files: sound });
  await hostilePast(hostile, [slowish(150, "a"), slowish(150, "b")]);
  const server = await startGitHttpServer(t, hostile.path);
  const daemon = await inProcessDaemon(t, {
    storage: {
      hostile: { remote: server.url, poll_interval: "1h", fetch_policy: "lenient", backend: { type: "memory" } },
      innocent: { remote: innocent.path, poll_interval: "1h", backend: { type: "memory" } },
    },
    environments: { default: { storage: "innocent", default: true }, other: { storage: "hostile" } },
  });
  await daemon.start();
  await eventually(
    () => ask(daemon, "/health/ready"),
    ({ status }) => status === 200,
    DEADLINE_MS,
  );
  t.deepEqual((await storageOf(daemon, "hostile")).unservedNamespaces, [
    { environment: "other", namespace: "billing", searching: true },
  ]);
  t.is(await flagsOf(daemon, "default", "sound"), "on");
  t.is(await flagsOf(daemon, "other", "sound"), "on");
  t.is(await write(daemon, "default"), 200);
  t.is(await write(daemon, "other"), 200);
  t.is(await flagsOf(daemon, "other", "payments"), 404, "the search is not over");
  const told = daemon.lines.filter(({ event }) => event === "namespace.unserved");
  t.deepEqual(
    told.map(({ environment, namespace, searching }) => [environment, namespace, searching]),
    [["other", "billing", true]],
  );
  // Whoever mends the file need not wait for the search.
  await hostile.commit({ "billing/features.yaml": features("payments", "mended") });
  t.is((await ask(daemon, "/api/storages/hostile/sync?wait=true", { method: "POST" })).status, 200);
  t.is(await flagsOf(daemon, "other", "payments"), "mended");
  t.is((await storageOf(daemon, "hostile")).unservedNamespaces, undefined);
});

test("a good version below files that no parser gets through is found, though it takes more than one round", async (t) => {
  const repository = await temporaryRepository(t, { files: { "sound/features.yaml": features("sound", "on") } });
  await hostilePast(repository, [slow(2), slow(2)]);
  const path = join(await temporaryDirectory(t), "store");
  await repository.git("clone", "-q", "--bare", repository.path, path);
  const daemon = await inProcessDaemon(t, {
    // Nobody polls: each rebuild goes on with it.
    storage: { main: { backend: { type: "local", path } } },
    environments: { default: { storage: "main", default: true } },
  });
  await daemon.start();
  t.is(await flagsOf(daemon, "default", "sound"), "on");
  t.is(await flagsOf(daemon, "default", "payments"), 404);
  t.is((await ask(daemon, "/health/ready")).status, 503, "the policy is strict");
  await eventually(
    () => flagsOf(daemon, "default", "payments"),
    (flags) => flags === "good",
    DEADLINE_MS,
  );
  await eventually(
    () => ask(daemon, "/health/ready"),
    ({ status }) => status === 200,
    DEADLINE_MS,
  );
});
