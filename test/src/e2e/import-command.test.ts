import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { parse } from "yaml";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

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
  const checked = await new Promise<number>((resolve) => {
    execFile(process.execPath, [VEXIL, "validate", flags], (error) => resolve(error === null ? 0 : 1));
  });
  t.is(checked, 0);
});

test("a strict import writes nothing where something is lost, and says so to programs", async (t) => {
  t.timeout(60_000);
  const { flags, run } = await start(t, DEFINITION);
  const strict = await run("--output", flags, "--strict", "--format", "json");
  t.is(strict.code, 1, strict.stderr);
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
