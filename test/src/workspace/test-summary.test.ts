import { execFile } from "node:child_process";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
}

function node(cwd: string, args: readonly string[]): Promise<Ended> {
  // This run's own variables would make the inner one believe that it is a part of it.
  const env = { PATH: process.env.PATH, HOME: cwd };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env }, (error, stdout) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout });
    });
  });
}

/** Ends of a file's first test; the second passes. The last four do it in their first run only. */
const KINDS = {
  good: "t.true(true)",
  bad: "t.true(false)",
  skipped: 't.log("skipped: no promtool here"); t.pass()',
  flaky: "t.true(before)",
  stackless: "if (!before) throw Object.assign(new Error('odd'), { stack: 'Error: odd' }); t.pass()",
  ending: "if (!before) process.exit(1); t.pass()",
  hanging: "if (!before) await new Promise((resolve) => setTimeout(resolve, 600_000)); t.pass()",
} as const;

/** A workspace with these tests. */
async function workspace(
  t: ExecutionContext,
  tests: Readonly<Record<string, keyof typeof KINDS>>,
  timeout = "5m",
): Promise<string> {
  const root = await temporaryDirectory(t);
  await mkdir(join(root, "test/dist/e2e"), { recursive: true });
  await cp(join(ROOT, ".scripts"), join(root, ".scripts"), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(root, "node_modules"));
  const ava = { files: ["test/dist/**/*.test.js"], workerThreads: false, timeout };
  await writeFile(join(root, "package.json"), JSON.stringify({ type: "module", ava }));
  for (const [name, kind] of Object.entries(tests)) {
    const mark = JSON.stringify(join(root, `${name.replaceAll("/", "-")}.seen`));
    const seen = `import { existsSync, writeFileSync } from "node:fs"; const before = existsSync(${mark}); writeFileSync(${mark}, "");`;
    const text = `import test from "ava"; ${seen} test("holds", async (t) => { ${KINDS[kind]}; }); test("too", (t) => t.pass());`;
    await writeFile(join(root, `test/dist/${name}.test.js`), text);
  }
  return root;
}

test("a file that passes only when it is run again is named as flaky, and the run is good", async (t) => {
  const root = await workspace(t, { "e2e/one": "good", "e2e/two": "flaky" });
  const { code, stdout } = await node(root, [".scripts/test.mjs"]);
  t.is(code, 0, stdout);
  t.regex(
    stdout,
    /\nflaky file: test\/dist\/e2e\/two\.test\.js \(passed only when it was run again\)\n4 passed, 0 failed\n$/,
  );
});

test("beside a file that fails both times a flaky one is named, too, and a good one is not", async (t) => {
  const root = await workspace(t, { one: "good", "e2e/test-two": "flaky", "e2e/three": "bad" });
  const { code, stdout } = await node(root, [".scripts/test.mjs"]);
  t.is(code, 1, stdout);
  t.deepEqual(stdout.match(/^flaky file: \S+/gm), ["flaky file: test/dist/e2e/test-two.test.js"]);
  t.regex(stdout, /\n5 passed, 1 failed\n$/);
});

test("a test that says it cannot run here is counted as skipped, with its reason, and not as passed", async (t) => {
  const root = await workspace(t, { one: "good", two: "skipped", three: "skipped" });
  const { code, stdout } = await node(root, [".scripts/test.mjs"]);
  t.is(code, 0, stdout);
  t.regex(stdout, /\n2 skipped: no promtool here\n4 passed, 0 failed\n$/);
});

test("an error without a stack is reported, and its file run again", async (t) => {
  const root = await workspace(t, { one: "stackless", two: "good" });
  const { code, stdout } = await node(root, [".scripts/test.mjs"]);
  t.is(code, 0, stdout);
  t.deepEqual(stdout.match(/^flaky file: \S+/gm), ["flaky file: test/dist/one.test.js"]);
});

test("a file that ends its process is run again, alone, and those beside it are not", async (t) => {
  const root = await workspace(t, { one: "ending", two: "good" });
  const { code, stdout } = await node(root, [".scripts/test.mjs"]);
  t.is(code, 0, stdout);
  t.deepEqual(stdout.match(/^flaky file: \S+/gm), ["flaky file: test/dist/one.test.js"]);
  t.regex(stdout, /\n4 passed, 0 failed\n$/);
});

test("a test that hangs is named, and its file run again", async (t) => {
  const root = await workspace(t, { one: "hanging", two: "good" }, "20s");
  const { code, stdout } = await node(root, [".scripts/test.mjs"]);
  t.is(code, 0, stdout);
  t.regex(stdout, /^not ok \d+ - one › holds$/m);
  t.true(stdout.includes("flaky file: test/dist/one.test.js"));
});

test("above one flaky file over all of its runs the whole fails", async (t) => {
  const root = await temporaryDirectory(t);
  const said = async (name: string, flaky: readonly string[], failed = 0): Promise<string> => {
    const lines = flaky.map((file) => `flaky file: test/dist/${file}.test.js (passed only when it was run again)`);
    const skipped = ["1 skipped: no promtool here"];
    await writeFile(join(root, name), [...lines, ...skipped, `10 passed, ${failed} failed`, ""].join("\n"));
    return name;
  };
  const sum = (...files: readonly string[]): Promise<Ended> =>
    node(root, [join(ROOT, ".scripts/sum-runs.mjs"), ...files]);
  const [none, one, other, bad] = [
    await said("none", []),
    await said("one", ["a"]),
    await said("other", ["b"]),
    await said("bad", [], 1),
  ];
  t.like(await sum(none, none), { code: 0, stdout: "\n2 skipped: no promtool here\n20 passed, 0 failed\n" });
  t.like(await sum(one, none), {
    code: 0,
    stdout: "\nflaky file: test/dist/a.test.js\n2 skipped: no promtool here\n20 passed, 0 failed\n",
  });
  t.is((await sum(one, one)).code, 0, "the same file twice is one file");
  const both = await sum(one, other);
  t.is(both.code, 1);
  t.regex(both.stdout, /2 files passed only when they were run again/);
  t.is((await sum(bad, none)).code, 1);
});
