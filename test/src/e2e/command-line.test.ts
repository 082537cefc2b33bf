import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { Command } from "commander";
import { commandsFor } from "../../../daemon/dist/commands/index.js";

const run = promisify(execFile);
const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));
const COMMANDS = fileURLToPath(new URL("../../../daemon/src/commands/", import.meta.url));

async function namesFor(...args: readonly string[]): Promise<readonly string[]> {
  const program = new Command();
  for (const register of await commandsFor(args)) register(program);
  return program.commands.map((command) => command.name());
}

test("a command is loaded by its own name alone, help and unknown names load all", async (t) => {
  const all = await namesFor("--help");
  t.deepEqual(
    [...all].sort(),
    readdirSync(COMMANDS)
      .filter((file) => file !== "index.ts" && !file.includes("-"))
      .map((file) => file.replace(/\.ts$/, ""))
      .concat("explain-error")
      .sort(),
  );
  for (const name of all) t.deepEqual(await namesFor(name, "--help"), [name]);
  for (const args of [[], ["help", "serve"], ["--no-such"], ["toString"]]) t.deepEqual(await namesFor(...args), all);
});

test("vexil --help lists every command, each has a help of its own with examples", async (t) => {
  t.timeout(180_000);
  const { stdout } = await run(process.execPath, [VEXIL, "--help"]);
  for (const name of await namesFor("--help")) t.regex(stdout, new RegExp(`^ {2}${name}\\b`, "m"));
  t.regex((await run(process.execPath, [VEXIL, "doctor", "--help"])).stdout, /--json[\s\S]*Examples:/);
  t.regex((await run(process.execPath, [VEXIL, "--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  const error = await t.throwsAsync(run(process.execPath, [VEXIL, "valdate"]));
  t.regex((error as { readonly stderr?: string }).stderr ?? "", /unknown command 'valdate'[\s\S]*validate/);
});

test("an option that there is not is no verdict of a command that has one", async (t) => {
  for (const command of ["validate", "test", "diff"]) {
    const error = await t.throwsAsync(run(process.execPath, [VEXIL, command, "--fromat", "json"]));
    t.like(error, { code: 2 }, command);
    t.regex((error as { readonly stderr?: string }).stderr ?? "", /unknown option '--fromat'/);
    t.regex((await run(process.execPath, [VEXIL, command, "--help"])).stdout, /Examples:/);
  }
});

test("with too few open files allowed a start ends with one line that says how many and how to raise it", async (t) => {
  const started = run("sh", ["-c", 'ulimit -n 64 && exec "$0" "$1" serve', process.execPath, VEXIL]);
  const error = (await t.throwsAsync(started)) as { readonly code?: number; readonly stderr?: string };
  t.is(error.code, 1);
  t.regex(error.stderr ?? "", /^Error: only 64 files may be open at once, .*ulimit -n 4096.*LimitNOFILE=4096.*\n$/);
});
