import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstat, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VexilError } from "@vexil/plugin-api";
import { RecordingLogger, snapshotSample } from "@vexil/plugin-api/testing";
import exporter from "@vexil/sink-export";
import { exportSettings } from "@vexil/sink-export/settings";
import test from "ava";
import { Places } from "../../../plugins/sink-export/dist/places.js";
import { prune } from "../../../plugins/sink-export/dist/retired.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { lots } from "../helpers/repositories/random-history.js";
import { exportFaults, readExported, readIndex } from "../helpers/sinks/exported.js";

const KILLS = Number(process.env.VEXIL_EXPORT_KILLS ?? 12);
const SEED = Number(process.env.VEXIL_KILL_SEED ?? 1);
const LOOP = fileURLToPath(new URL("../helpers/sinks/export-loop.js", import.meta.url));
const options = { signal: new AbortController().signal };

async function opened(t: Scope, more: Readonly<Record<string, unknown>> = {}, at?: string) {
  const path = at ?? join(await temporaryDirectory(t), "deep", "flags");
  const logger = new RecordingLogger();
  const context = { sink: { name: "cdn" }, configDirectory: "/", logger, redact: () => {}, signal: options.signal };
  const sink = await exporter.create(exportSettings.parse({ path, ...more }), context);
  t.teardown(() => sink.close());
  const publish = async (environment: string, namespaces: Readonly<Record<string, string>>): Promise<void> =>
    sink.publish?.(snapshotSample(environment, namespaces), options);
  const retain = async (...environments: readonly string[]): Promise<void> => sink.retain?.(environments, options);
  const stored = async (): Promise<readonly string[]> => (await readdir(join(path, "snapshots"))).sort();
  return { path, sink, logger, publish, retain, stored };
}

test("each environment is served by its links, by names that the content gives, and by the index", async (t) => {
  const { path, publish, stored } = await opened(t);
  await publish("production", { default: '{"a":1}', web: '{"b":1}' });
  await publish("staging", { default: '{"a":1}' });
  t.deepEqual(await readExported(path), {
    production: { default: '{"a":1}', web: '{"b":1}' },
    staging: { default: '{"a":1}' },
  });
  const { environments } = await readIndex(path);
  t.is((await stored()).length, 2, "equal contents are one file");
  const { file = "" } = environments.staging?.namespaces.default ?? {};
  t.is(await readFile(join(path, file), "utf8"), '{"a":1}');
  const before = await stat(join(path, file));
  await publish("production", { default: '{"a":2}', web: '{"b":1}' });
  t.deepEqual((await readExported(path)).production, { default: '{"a":2}', web: '{"b":1}' });
  t.is(await readFile(join(path, file), "utf8"), '{"a":1}', "what was given out once stays as it was");
  t.is((await stat(join(path, file))).mtimeMs, before.mtimeMs);
  t.deepEqual(await exportFaults(path), []);
});

test("no two files have the same time, by which web servers tell them apart; a content that comes again has its own", async (t) => {
  const { path, publish } = await opened(t);
  const times = new Map<string, number>();
  for (const value of [1, 2, 3, 4, 5, 2, 6]) {
    await publish("production", { default: `{"a":${value}}` });
    const { file = "" } = (await readIndex(path)).environments.production?.namespaces.default ?? {};
    const { mtimeMs } = await stat(join(path, file));
    t.is(times.get(file) ?? mtimeMs, mtimeMs);
    times.set(file, mtimeMs);
  }
  t.is(new Set([...times.values()].map((ms) => Math.floor(ms / 1000))).size, 6);
  const again = await opened(t, {}, path);
  await again.publish("production", { default: '{"a":7}' });
  const { file = "" } = (await readIndex(path)).environments.production?.namespaces.default ?? {};
  t.true((await stat(join(path, file))).mtimeMs > Math.max(...times.values()), "after a restart, too");
});

test("namespaces and environments that are gone go; others' files stay", async (t) => {
  const { path, publish, retain, logger } = await opened(t);
  await publish("production", { default: "1", web: "2" });
  await publish("preview", { default: "3" });
  await writeFile(join(path, "client", "v2", "environments", "mine"), "");
  await publish("production", { default: "1" });
  await retain("production", "yet to come");
  await rm(join(path, "client", "v2", "environments", "mine"));
  t.deepEqual(await readExported(path), { production: { default: "1" } });
  t.deepEqual(Object.keys((await readIndex(path)).environments), ["production"]);
  t.deepEqual(
    logger.lines.map(({ event, fields }) => [event, fields.environment]),
    [["export.removed", "preview"]],
  );
  await publish("preview", { default: "3" });
  t.deepEqual((await readExported(path)).preview, { default: "3" });
});

test("of files that are not current the newest are kept, as many as are wanted", async (t) => {
  const { path, publish, stored, retain } = await opened(t, { keep: 4 });
  for (let value = 0; value < 12; value += 1) await publish("production", { default: `${value}` });
  // A file and a tree go with each state.
  t.is((await stored()).length, 3);
  t.is((await readdir(join(path, "trees"))).length, 3);
  t.deepEqual(await readExported(path), { production: { default: "11" } });
  const { retired } = JSON.parse(await readFile(join(path, ".retired.json"), "utf8")) as { retired: object };
  const old = Object.fromEntries(Object.keys(retired).map((name) => [name, Date.now() - 90_000]));
  await writeFile(join(path, ".retired.json"), JSON.stringify({ version: 1, retired: old }));
  const later = await opened(t, { keep: 100, keep_for: "1m" }, path);
  await later.retain("production");
  t.is((await later.stored()).length, 1, "those that are old go");
  await retain("production");
  t.deepEqual(await exportFaults(path), []);
});

test("all is readable to others, whatever the umask", async (t) => {
  const { path, publish } = await opened(t);
  const before = process.umask(0o077);
  t.teardown(() => process.umask(before));
  await publish("production", { default: "1" });
  process.umask(before);
  for (const name of await readdir(path, { recursive: true })) {
    const found = await lstat(join(path, name));
    if (found.isSymbolicLink() || name === ".retired.json") continue;
    t.is(found.mode & 0o777, found.isDirectory() ? 0o755 : 0o644, name);
  }
});

test("names that lead elsewhere, or that no address has, are left out and told of once", async (t) => {
  const { path, publish, logger } = await opened(t);
  const names = ["..", ".", "a/b", "../../x", ".hidden", "a\0b", "", "ä", "__proto__", "x".repeat(200)];
  for (const name of [...names, ...names]) {
    await publish(name, { default: "1" });
    await publish("production", { [name]: "1", default: "2" });
  }
  t.deepEqual(await readExported(path), { production: { default: "2" } });
  t.deepEqual(Object.keys((await readIndex(path)).environments), ["production"]);
  t.is(logger.lines.length, 2 * names.length);
});

test("an index that names what no export does leads to no link outside", async (t) => {
  const { path, publish } = await opened(t);
  await publish("production", { default: "1" });
  const { environments } = await readIndex(path);
  const name = "../../../../stolen";
  await writeFile(
    join(path, "index.json"),
    JSON.stringify({ version: 1, environments: { ...environments, [name]: environments.production } }),
  );
  const again = await opened(t, {}, path);
  await again.publish("production", { default: "2" });
  await t.throwsAsync(lstat(join(path, "..", "stolen")), { code: "ENOENT" });
  t.deepEqual(await readExported(path), { production: { default: "2" } });
});

test("a directory that was damaged is whole again with the next state; one that cannot be written is tried again", async (t) => {
  const { path, publish } = await opened(t);
  await publish("production", { default: "1" });
  for (const name of ["index.json", ".retired.json", "trees", "snapshots", "client"]) {
    await rm(join(path, name), { recursive: true });
    const again = await opened(t, {}, path);
    await again.publish("production", { default: "1" });
    t.deepEqual([await readExported(path), await exportFaults(path)], [{ production: { default: "1" } }, []], name);
  }
  await writeFile(join(path, "index.json"), '{"version":1,"environments":{"x":{"tree":"../../etc"}}}');
  const next = await opened(t, {}, path);
  await next.publish("production", { default: "2" });
  t.deepEqual(Object.keys((await readIndex(path)).environments), ["production"]);
  const blocked = join(await temporaryDirectory(t), "file");
  await writeFile(blocked, "");
  const none = await opened(t, {}, join(blocked, "below"));
  const error = await t.throwsAsync(none.publish("production", { default: "1" }));
  t.true(VexilError.is(error) && error.code === "VEXIL_UNAVAILABLE_SINK");
  await rm(blocked);
  await none.publish("production", { default: "1" });
  t.deepEqual(await readExported(join(blocked, "below")), { production: { default: "1" } });
});

test("whatever moment it is killed at, index and links lead to whole files, and namespaces that belong together", async (t) => {
  t.timeout(120_000);
  const path = join(await temporaryDirectory(t), "flags");
  const draw = lots(SEED);
  let round = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = spawn(process.execPath, [LOOP, path, `${round}`], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (piece: Buffer) => {
      said += piece;
    });
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, draw(150)));
    child.kill("SIGKILL");
    await once(child, "close");
    t.deepEqual(await exportFaults(path), [], `after kill ${kill}`);
    const done = Math.max(...said.trim().split("\n").map(Number));
    const shown = await readExported(path);
    for (const [environment, namespaces] of Object.entries(shown)) {
      const rounds = Object.values(namespaces).map((text) => (JSON.parse(text) as { readonly round: number }).round);
      t.is(new Set(rounds).size, 1, `${environment} is of one state`);
      t.is(rounds.length, 3);
    }
    // What it had said to be done is there; of the one under way nobody knows.
    const newest = Math.max(...Object.values(shown).map(({ a = "{}" }) => (JSON.parse(a) as { round: number }).round));
    t.true(newest >= done - 2 && newest <= done + 1, `${newest} after ${done}`);
    t.true((await readdir(join(path, "snapshots"))).length < 60);
    round = done + 1;
  }
  t.log(`${KILLS} kills from seed ${SEED}, ${round} states`);
});

test("as many old files as may be kept at most are looked through in no time", async (t) => {
  const names = Array.from({ length: 100_000 }, (_, index) => [`snapshots/${index}.json`, index] as const);
  const retired = Object.fromEntries(names);
  const before = performance.now();
  const left = await prune(new Places("/nowhere"), retired, { most: 100_000, forMs: 1e9 }, 100_000);
  t.true(performance.now() - before < 1_500);
  t.deepEqual(left, retired);
});
