import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { startDaemon, VEXIL } from "../helpers/daemon/daemon.js";
import { startEdge, startOrigin } from "../helpers/daemon/edges.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

test.beforeEach((t) => t.timeout(180_000));

const vexil = (...args: readonly string[]) =>
  new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) => {
    execFile(process.execPath, [VEXIL, ...args], { maxBuffer: 64e6 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });

const SHOP = `version: "1.6"
namespace: { key: shop, name: Shop }
flags:
  - key: wine
    name: Wine
    type: BOOLEAN_FLAG_TYPE
    enabled: false
    rollouts:
      - segment: { keys: [adults], operator: OR_SEGMENT_OPERATOR, value: true }
  - key: theme
    name: Theme
    type: VARIANT_FLAG_TYPE
    enabled: true
    variants:
      - { key: dark, name: Dark, default: true, attachment: { hex: "#000" } }
segments:
  - key: adults
    name: Adults
    constraints:
      - { type: NUMBER_COMPARISON_TYPE, property: age, operator: gte, value: "18" }
    match_type: ALL_MATCH_TYPE
`;

async function start(t: ExecutionContext) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const storage = { default: { remote: repository.path, poll_interval: "1s" } };
  const daemon = await startDaemon(t, { config: { storage } });
  const directory = await temporaryDirectory(t);
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(directory, name), text);
    return join(directory, name);
  };
  const commits = async (): Promise<number> => Number(await repository.git("rev-list", "--count", "main"));
  return { repository, daemon, file, commits, into: ["--url", daemon.url] };
}

test("an import into a daemon is one commit, refused where the namespace is there, merged or in its place", async (t) => {
  const { repository, daemon, file, commits, into } = await start(t);
  const shop = await file("shop.yaml", SHOP);
  const before = await commits();
  const trial = await vexil("import", shop, ...into, "--dry-run");
  t.is(trial.code, 0, trial.stderr);
  t.regex(trial.stdout, /^shop: 2 flags, 1 segment\nEverything was carried over exactly\.\n\nwould be committed on /);
  t.regex(trial.stdout, /^\+ {2}- key: wine$/m);
  t.is(await commits(), before);

  const done = await vexil("import", shop, ...into, "--message", "Open the shop");
  t.is(done.code, 0, done.stderr);
  t.regex(done.stdout, /\ncommitted [0-9a-f]{40}\n$/);
  t.is(await commits(), before + 1);
  t.is(await repository.git("log", "-1", "--format=%s"), "Open the shop");
  const wine = { namespaceKey: "shop", flagKey: "wine", entityId: "ada", context: { age: "20" } };
  t.true((await daemon.post("/evaluate/v1/boolean", wine)).body.enabled);

  const elsewhere = await vexil("import", shop, ...into, "--environment", "production");
  t.is(elsewhere.code, 1);
  t.regex(elsewhere.stderr, /^Error: environment: "production" not found; there is default/);
  const again = await vexil("import", shop, ...into);
  t.is(again.code, 1);
  t.regex(again.stderr, /namespace shop is there already \(2 flags, 1 segment\); nothing was written: --merge keeps/);
  const merged = await vexil("import", shop, ...into, "--merge");
  t.regex(merged.stdout, /\nnothing has changed: there is no commit\n$/, merged.stderr);
  t.is(await commits(), before + 1);

  const beer = await file("beer.yaml", SHOP.replaceAll("wine", "beer").replaceAll("Wine", "Beer"));
  t.is((await vexil("import", beer, ...into, "--merge")).code, 0);
  const keys = async (type: string): Promise<readonly string[]> =>
    (await daemon.get(`/api/v2/environments/default/namespaces/shop/resources/${type}`)).body.resources.map(
      ({ key }: { readonly key: string }) => key,
    );
  t.deepEqual(await keys("flipt.core.Flag"), ["wine", "theme", "beer"]);
  const rest = await file("rest.yaml", "namespace: shop\nflags:\n  - { key: beer, name: Beer, enabled: true }\n");
  const replaced = await vexil("import", rest, ...into, "--replace");
  t.is(replaced.code, 0, replaced.stderr);
  t.regex(
    replaced.stdout,
    /\nremoved flag shop\/wine\nremoved flag shop\/theme\nremoved segment shop\/adults\ncommitted /,
  );
  t.deepEqual([await keys("flipt.core.Flag"), await keys("flipt.core.Segment")], [["beer"], []]);
  t.is(await commits(), before + 3);
  t.regex(await repository.read("shop/features.yaml"), /name: Shop/, "names that the import does not give stay");
});

test("what is exported comes back as it was, as YAML and as JSON", async (t) => {
  const { repository, file, commits, into } = await start(t);
  const before = await commits();
  const served = async (): Promise<string> => (await vexil("export", ...into)).stdout;
  const first = await served();
  for (const format of ["yaml", "json"]) {
    const exported = (await vexil("export", ...into, "--format", format)).stdout;
    const again = await vexil("import", await file(`all.${format}`, exported), ...into, "--replace");
    t.is(again.code, 0, again.stderr);
    t.regex(again.stdout, /\nnothing has changed: there is no commit\n$/, `${format} ${again.stdout}`);
  }
  t.is(await commits(), before);
  // Into nothing: each namespace is made anew.
  await repository.commit({ "default/features.yaml": undefined, "ops/features.yaml": undefined });
  t.is((await vexil("sync", "default", ...into)).code, 0);
  const back = await vexil("import", await file("first.yaml", first), ...into);
  t.is(back.code, 0, back.stderr);
  t.is(await served(), first);
});

test("a program reads what came of an import, and nothing is written where something is refused", async (t) => {
  const { file, commits, into } = await start(t);
  const shop = await file("shop.yaml", SHOP);
  const json = await vexil("import", shop, ...into, "--format", "json", "--environment", "default");
  t.is(json.code, 0, json.stderr);
  t.like(JSON.parse(json.stdout), { lossless: true, environment: "default", isChanged: true, removed: [] });
  const before = await commits();
  const unknown = await vexil("import", shop, ...into, "--environment", "nowhere");
  t.is(unknown.code, 1);
  t.regex(unknown.stderr, /environment: "nowhere" not found/);
  const faulty = await file("faulty.yaml", SHOP.replace('value: "18"', 'value: "many"').replace("shop", "bar"));
  const refused = await vexil("import", faulty, ...into);
  t.is(refused.code, 1, refused.stdout);
  t.regex(refused.stderr, /nothing was changed: changes\.1 \(segment bar\/adults\)/);
  const both = await vexil("import", shop, ...into, "--output", "somewhere");
  t.is(both.code, 1);
  t.regex(both.stderr, /files and a daemon are two imports/);
  t.is((await vexil("import", shop, "--url", "http://127.0.0.1:9")).code, 2);
  t.is(await commits(), before);
});

test("an edge passes an import on to its upstream", async (t) => {
  const { remote, gateway } = await startOrigin(t);
  const edge = await startEdge(t, gateway.url, { writes: "forward" });
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, "shop.yaml"), SHOP);
  const done = await vexil("import", join(directory, "shop.yaml"), "--url", edge.url);
  t.is(done.code, 0, done.stderr);
  t.regex(done.stdout, /\ncommitted [0-9a-f]{40}\n$/);
  t.regex(await remote.read("shop/features.yaml"), /key: wine/);
  const wine = { namespaceKey: "shop", flagKey: "wine", entityId: "ada", context: { age: "20" } };
  t.true((await edge.post("/evaluate/v1/boolean", wine)).body.enabled);
});

test("two thousand flags are imported as one commit", async (t) => {
  const { file, commits, into } = await start(t);
  const before = await commits();
  const flags = Array.from({ length: 2_000 }, (_, index) => `  - { key: flag-${index}, name: Flag, enabled: true }\n`);
  const many = await file("many.yaml", `namespace: many\nflags:\n${flags.join("")}`);
  const done = await vexil("import", many, ...into);
  t.is(done.code, 0, done.stderr);
  t.is(await commits(), before + 1);
  const exported = await vexil("export", ...into, "--namespace", "many", "--format", "json");
  t.is(JSON.parse(exported.stdout)[0].flags.length, 2_000);
});
