import { execFile } from "node:child_process";
import { mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const MEMORY = new URL("../../../plugins/backend-memory/dist/index.js", import.meta.url).href;
/** Loads, and fails a case at once. */
const FAULTY = "export default { kind: 'backend' };\n";
const SOUND = `export { default } from ${JSON.stringify(MEMORY)};\n`;
const BUILD = "import { cpSync } from 'node:fs'; cpSync('src', 'dist', { recursive: true });\n";

interface Package {
  readonly folder: string;
  readonly test: (...args: string[]) => Promise<{ code: number; stdout: string; stderr: string }>;
}

/** A package whose sources say what a sound plugin says, beside an older build of a faulty one. */
async function stalePackage(t: ExecutionContext, source: string, scripts: object): Promise<Package> {
  t.timeout(180_000);
  const folder = join(await temporaryDirectory(t), "vexil-backend-stale");
  await mkdir(join(folder, "src"), { recursive: true });
  await mkdir(join(folder, "dist"));
  const files = {
    "package.json": JSON.stringify({ name: "vexil-backend-stale", type: "module", main: "./dist/index.js", scripts }),
    "build.mjs": BUILD,
    "dist/index.js": FAULTY,
    [source]: SOUND,
  };
  const now = Date.now() / 1_000;
  for (const [path, text] of Object.entries(files)) {
    await writeFile(join(folder, path), text);
    const age = path === source ? 60 : 3_600;
    await utimes(join(folder, path), now - age, now - age);
  }
  const run: Package["test"] = (...args) =>
    new Promise((resolve) => {
      execFile(process.execPath, [VEXIL, "plugin", "test", ...args], { cwd: folder }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      });
    });
  return { folder, test: run };
}

test("a package whose sources are newer than its build is built before it is tested", async (t) => {
  const { folder, test: run } = await stalePackage(t, "src/index.js", { build: "node build.mjs" });
  const { code, stdout, stderr } = await run("--quiet");
  t.regex(stdout, /^\d+ passed, 0 failed, \d+ skipped\n$/);
  t.regex(stderr, /^building vexil-backend-stale: src\/index\.js is newer than dist\n/);
  t.is(code, 0);
  t.is(await readFile(join(folder, "dist/index.js"), "utf8"), SOUND);
});

test("a package that was never built is built, seen from elsewhere as well", async (t) => {
  const { folder } = await stalePackage(t, "src/index.js", { build: "node build.mjs" });
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as object;
  await writeFile(join(folder, "package.json"), JSON.stringify({ ...manifest, main: "./lib/index.js" }));
  await writeFile(join(folder, "build.mjs"), BUILD.replace("'dist'", "'lib'"));
  const stdout = await new Promise<string>((resolve) => {
    const args = [VEXIL, "plugin", "test", "./vexil-backend-stale", "--quiet"];
    execFile(process.execPath, args, { cwd: dirname(folder) }, (_, text) => resolve(text));
  });
  t.regex(stdout, /^\d+ passed, 0 failed, \d+ skipped\n$/);
});

test("a build that fails is told, and nothing is tested", async (t) => {
  const { test: run } = await stalePackage(t, "src/index.js", { build: "echo src/index.ts:1 is wrong && exit 3" });
  const { code, stdout, stderr } = await run();
  t.is(code, 1);
  t.is(stdout, "");
  t.regex(stderr, /Error: the build of vexil-backend-stale failed.*src\/index\.ts:1 is wrong/s);
});

test("what is built is tested with a warning where it is not to be built, or cannot be", async (t) => {
  const { test: run } = await stalePackage(t, "src/index.js", { build: "node build.mjs" });
  const unbuilt = await run("--no-build");
  t.regex(unbuilt.stderr, /^warning: src\/index\.js is newer than dist: what is tested may be older than the sources/);
  t.is(unbuilt.code, 1);

  const other = await stalePackage(t, "src/index.ts", {});
  const { code, stderr } = await other.test();
  t.regex(stderr, /^warning: src\/index\.ts is newer than dist, and package\.json has no build script/);
  t.is(code, 1);
});
