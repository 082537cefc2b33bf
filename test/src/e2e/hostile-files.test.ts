import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "ava";
import { eventually, type RunningDaemon, startDaemon, VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

type Files = Readonly<Record<string, string>>;

const SOUND: Files = {
  "sound/features.yaml": "namespace: sound\nflags:\n  - {key: on, name: On, type: BOOLEAN_FLAG_TYPE, enabled: true}\n",
};
/** Each of them ends a process in which a reader follows the brackets. */
const DEADLY = '["["'.repeat(2_400);
const deadlyFiles = (count: number): Files =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`bad-${index}/features.yaml`, `${DEADLY} # ${index}\n`]),
  );
/** Seconds for a reader each, whatever the machine. */
const slowFiles = (count: number): Files =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`slow-${index}/features.yaml`, `${'"'.repeat(200_000)} # ${index}\n`]),
  );

const isOn = async (daemon: RunningDaemon, headers: Record<string, string> = {}): Promise<boolean> => {
  const request = { namespaceKey: "sound", flagKey: "on", entityId: "ada", context: {} };
  return (await daemon.post("/evaluate/v1/boolean", request, headers)).body.enabled === true;
};

async function quarantined(
  daemon: RunningDaemon,
  storage: string,
): Promise<readonly { file: string; reason: string }[]> {
  const { body } = await daemon.get("/api/status");
  return body.storages.find(({ id }: { id: string }) => id === storage)?.quarantined ?? [];
}

test("forty files that end whatever reads them are quarantined, at a start, by a push and in a branch, while the rest is served", async (t) => {
  const repository = await temporaryRepository(t, { files: { ...SOUND, ...deadlyFiles(6) } });
  const daemon = await startDaemon(t, {
    config: { storage: { default: { remote: repository.path, poll_interval: "1h" } } },
  });
  t.true(await isOn(daemon));
  t.is((await quarantined(daemon, "default")).length, 6);

  await repository.commit(deadlyFiles(40));
  await repository.git("branch", "flipt/default/preview");
  await repository.commit({ "bad-0/features.yaml": `${DEADLY}- {\n` }, { branch: "flipt/default/preview" });
  t.is((await daemon.post("/api/storages/default/sync?wait=true", {})).status, 200);
  await eventually(
    () => quarantined(daemon, "default"),
    (files) => new Set(files.map(({ file }) => file)).size === 40,
  );
  for (const { reason } of await quarantined(daemon, "default")) t.regex(reason, /nested deeper than 64 levels/);
  t.true(await isOn(daemon));
  t.true(
    await eventually(
      () => isOn(daemon, { "x-flipt-environment": "preview" }),
      (on) => on,
    ),
  );
  t.is(daemon.child.exitCode, null);
});

test("validate tells of every file that ends whatever reads it", async (t) => {
  const directory = await temporaryDirectory(t);
  for (const [path, content] of Object.entries({ ...SOUND, ...deadlyFiles(6), ...slowFiles(1) })) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
    execFile(process.execPath, [VEXIL, "validate", directory], (error, stdout, stderr) =>
      resolve({ code: error?.code, output: stdout + stderr }),
    );
  });
  t.is(code, 1, output);
  t.is(output.match(/bad-\d\/features\.yaml:1:\d+: nested deeper than 64 levels/g)?.length, 6, output);
  t.regex(output, /slow-0\/features\.yaml:/);
});

test("slow files of one storage hold up no change and no write of another", async (t) => {
  const hostile = await temporaryRepository(t, { files: SOUND });
  const innocent = await temporaryRepository(t, { files: SOUND });
  const daemon = await startDaemon(t, {
    config: {
      storage: {
        hostile: { remote: hostile.path, poll_interval: "1h" },
        innocent: { remote: innocent.path, poll_interval: "1h" },
      },
      environments: { default: { storage: "innocent", default: true }, other: { storage: "hostile" } },
    },
  });
  await hostile.commit(slowFiles(4));
  const slowRound = daemon.post("/api/storages/hostile/sync?wait=true", {}).then(() => "hostile");
  const flag = { "@type": "flipt.core.Flag", key: "new", name: "New", type: "BOOLEAN_FLAG_TYPE", enabled: true };
  const change = async (): Promise<string> => {
    // A file too large to be parsed in place, so that it needs a process as well.
    const flags = Array.from({ length: 600 }, (_, index) => `  - {key: f${index}, name: ${"x".repeat(40)}}\n`).join("");
    await innocent.commit({ "large/features.yaml": `namespace: large\nflags:\n${flags}` });
    const sync = await daemon.post("/api/storages/innocent/sync?wait=true", {});
    const write = await daemon.post("/api/v2/environments/default/namespaces/large/resources", {
      key: "new",
      payload: flag,
    });
    t.deepEqual([sync.status, write.status], [200, 200], JSON.stringify(write.body));
    return "innocent";
  };
  t.is(await Promise.race([slowRound, change()]), "innocent");
  const list = await daemon.get("/api/v2/environments/default/namespaces/large/resources/flipt.core.Flag/new");
  t.is(list.status, 200);

  await slowRound;
  const files = await eventually(
    () => quarantined(daemon, "hostile"),
    (found) => found.length === 4,
  );
  for (const { reason } of files) t.regex(reason, /longer than the 2 s a file has|end of the stream/);
});
