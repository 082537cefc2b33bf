import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { parse } from "yaml";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";

const FLAG = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" };
const DEFINITION = {
  flags: {
    till: { ...FLAG, targeting: { if: [{ "==": [{ var: "country" }, "de"] }, "on", "off"] } },
    odd: { ...FLAG, targeting: { if: [{ sem_ver: [{ var: "version" }, ">", "1.2.3"] }, "on", "off"] } },
  },
};

async function start(t: ExecutionContext, definition: object) {
  const directory = await temporaryDirectory(t);
  const file = join(directory, "flags.json");
  await writeFile(file, JSON.stringify(definition));
  const run = (...args: readonly string[]) =>
    new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) => {
      const all = [VEXIL, "import", "--from", "flagd", file, ...args];
      execFile(process.execPath, all, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });
  return { directory, run, flags: join(directory, "flags") };
}

/** The exit code. */
function validated(directory: string): Promise<unknown> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VEXIL, "validate", directory], (error) => resolve(error === null ? 0 : error.code));
  });
}

test("flags of another system are written as features files that validate, with a report", async (t) => {
  t.timeout(60_000);
  const { flags, run } = await start(t, DEFINITION);
  const done = await run("--output", flags, "--namespace", "shop");
  t.is(done.code, 0, done.stderr);
  t.regex(done.stdout, /^shop: 2 flags, 1 segment\n\nCould not be carried over:\n {2}flags\.odd\.targeting\n/);
  t.regex(done.stdout, /targeting of odd: the operator sem_ver; the flag was left off, without rules\n/);
  const written = parse(await readFile(join(flags, "shop", "features.yaml"), "utf8"));
  t.deepEqual(
    written.flags.map((flag: { readonly key: string; readonly enabled: boolean }) => [flag.key, flag.enabled]),
    [
      ["till", false],
      ["odd", false],
    ],
  );
  const again = await run("--output", flags, "--namespace", "shop");
  t.is(again.code, 1);
  t.regex(again.stderr, /features\.yaml exists already; nothing was written: give --replace/);
  t.is((await run("--output", flags, "--namespace", "shop", "--replace")).code, 0);
  t.is(await validated(flags), 0);
});

test("a features file of any name is replaced, and beside it none is written", async (t) => {
  t.timeout(60_000);
  const { flags, run } = await start(t, DEFINITION);
  const into = ["--output", flags, "--namespace", "shop"];
  const folder = join(flags, "shop");
  await mkdir(folder, { recursive: true });
  for (const [name, read] of [
    ["features.yml", (text: string) => parse(text)],
    ["features.json", (text: string) => JSON.parse(text)],
  ] as const) {
    await writeFile(join(folder, name), "{}");
    const refused = await run(...into);
    t.is(refused.code, 1);
    t.true(refused.stderr.includes(`${name} exists already; nothing was written: give --replace`), refused.stderr);
    const done = await run(...into, "--replace");
    t.is(done.code, 0, done.stderr);
    t.deepEqual(await readdir(folder), [name]);
    t.is(read(await readFile(join(folder, name), "utf8")).flags.length, 2);
    t.is(await validated(flags), 0, name);
    await writeFile(join(folder, "features.yaml"), "{}");
    const two = await run(...into, "--replace");
    t.is(two.code, 1);
    t.regex(two.stderr, /has features\.(json and features\.yaml|yaml and features\.yml); nothing was written/);
    await rm(folder, { recursive: true });
    await mkdir(folder);
  }
});

test("a local import is one commit of these files alone", async (t) => {
  t.timeout(120_000);
  const { directory, run } = await start(t, DEFINITION);
  const clone = join(directory, "clone");
  const git = (...args: readonly string[]) => nativeGit(["-C", clone, ...args]);
  await nativeGit(["init", "--quiet", "--initial-branch=main", clone]);
  for (const [name, value] of [
    ["user.name", "Ada"],
    ["user.email", "ada@example.org"],
  ] as const)
    await git("config", name, value);
  await writeFile(join(clone, "staged"), "not mine");
  await git("add", "staged");
  const done = await run("--local", clone, "--message", "Take the till over");
  t.is(done.code, 0, done.stderr);
  t.regex(done.stdout, /\ncommitted [0-9a-f]{40}\n$/);
  t.is(String(await git("log", "--format=%s")).trim(), "Take the till over");
  t.is(String(await git("ls-tree", "-r", "--name-only", "HEAD")).trim(), "default/features.yaml");
  t.is(String(await git("status", "--porcelain")).trim(), "A  staged");
  const again = await run("--local", clone, "--replace");
  t.regex(again.stdout, /\nnothing has changed: there is no commit\n$/);
  const elsewhere = await run("--local", directory);
  t.is(elsewhere.code, 1);
  t.regex(elsewhere.stderr, /is in no git clone: --local makes a commit/);
});

test("a strict import writes nothing where something is lost, and says so to programs", async (t) => {
  t.timeout(60_000);
  const { flags, run } = await start(t, DEFINITION);
  const strict = await run("--output", flags, "--strict", "--format", "json");
  t.is(strict.code, 1, strict.stderr);
  t.regex(strict.stderr, /nothing was written: with --strict/);
  const report = JSON.parse(strict.stdout);
  t.false(report.lossless);
  t.deepEqual(report.namespaces, [{ key: "default", flags: ["till", "odd"], segments: ["till-1"] }]);
  await t.throwsAsync(readFile(join(flags, "default", "features.yaml")));
  const markdown = await run("--dry-run", "--format", "markdown");
  t.regex(markdown.stdout, /\n\| flags\.odd\.targeting \| targeting of odd \| the operator sem\\_ver \| /);
});

test("without --output the file goes to stdout and the report to stderr", async (t) => {
  const { run } = await start(t, { flags: { till: DEFINITION.flags.till } });
  const { code, stdout, stderr } = await run("--strict");
  t.is(code, 0, stderr);
  t.is(stderr, "default: 1 flag, 1 segment\nEverything was carried over exactly.\n");
  t.deepEqual(parse(stdout).segments[0].constraints, [
    { type: "STRING_COMPARISON_TYPE", property: "country", operator: "eq", value: "de" },
  ]);
});
