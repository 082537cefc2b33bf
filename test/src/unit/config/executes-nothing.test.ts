import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";

const run = promisify(execFile);
const VEXIL = fileURLToPath(new URL("../../../../daemon/bin/vexil.js", import.meta.url));
const CONFIG_PACKAGE = fileURLToPath(new URL("../../../../core/config/package.json", import.meta.url));

/** A working directory with a file that tells when it is run, where cosmiconfig looks for options of its own. */
async function trap(t: ExecutionContext, name: string): Promise<{ readonly cwd: string; wasRun(): boolean }> {
  const cwd = await mkdtemp(join(tmpdir(), "vexil-trap-"));
  t.teardown(() => rm(cwd, { recursive: true, force: true }));
  const mark = join(cwd, "was-run");
  await mkdir(join(cwd, ".config"));
  const lines = [`require("node:fs").writeFileSync(${JSON.stringify(mark)}, "");`, "module.exports = {};"];
  await writeFile(join(cwd, ".config", name), lines.join("\n"));
  return { cwd, wasRun: () => existsSync(mark) };
}

test("no file of the working directory is executed to find the configuration", async (t) => {
  for (const name of ["config.js", "config.cjs", "config.ts"]) {
    const { cwd, wasRun } = await trap(t, name);
    const { stdout } = await run(process.execPath, [VEXIL, "config"], { cwd, env: { ...process.env, HOME: cwd } });
    t.regex(stdout, /^storage:/m);
    t.false(wasRun(), name);
  }
});

test("cosmiconfig's public function would execute one, so its class is used, of a version that is pinned", async (t) => {
  const { cwd, wasRun } = await trap(t, "config.js");
  const library = createRequire(CONFIG_PACKAGE).resolve("cosmiconfig");
  await run(process.execPath, ["-e", `require(${JSON.stringify(library)}).cosmiconfig("vexil")`], { cwd });
  t.true(wasRun(), "it no longer does: use the public function, and see core/decisions/012-cosmiconfig.md");
  const { dependencies } = JSON.parse(readFileSync(CONFIG_PACKAGE, "utf8")) as {
    dependencies: { cosmiconfig: string };
  };
  t.regex(dependencies.cosmiconfig, /^\d+\.\d+\.\d+$/);
});
