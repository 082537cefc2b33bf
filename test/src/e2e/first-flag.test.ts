import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { eventually, runDaemon, VEXIL } from "../helpers/daemon/daemon.js";
import { ROOT, textOf } from "../helpers/files/manual.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { freePort } from "../helpers/network/free-port.js";

interface Step {
  readonly command: string;
  /** Text that the answer contains. */
  readonly answer: string | undefined;
}

/** The commands of the README's first flag, each with the answer that stands below it. */
function firstFlag(): readonly Step[] {
  const [, section = ""] = /^## Your first flag[^\n]*\n([\s\S]*?)^## /m.exec(textOf("README.md")) ?? [];
  return [...section.matchAll(/^ {3}```sh\n([\s\S]*?)^ {3}```\n(?:\n {3}→ `([^`]+)`)?/gm)].map(
    ({ 1: command = "", 2: answer }) => ({ command: command.replaceAll(/^ {3}/gm, ""), answer }),
  );
}

function shell(command: string, cwd: string, path: string): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, PATH: `${path}:${process.env.PATH}` };
    execFile("sh", ["-c", command], { cwd, env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: stdout + stderr });
    });
  });
}

test("the README's first flag answers at each step what stands there, and --reset begins anew", async (t) => {
  t.timeout(180_000);
  const cwd = await temporaryDirectory(t);
  // `npx vexil` as it is in a clone, without npm's own start each time.
  const path = join(cwd, "bin");
  await mkdir(path);
  const npx = `#!/bin/sh\nshift\nexec "${process.execPath}" "${VEXIL}" "$@"\n`;
  await writeFile(join(path, "npx"), npx, { mode: 0o755 });
  const port = await freePort();
  const start = async (...args: readonly string[]): Promise<() => Promise<unknown>> => {
    const daemon = await runDaemon(t, ["quickstart", "--port", String(port), ...args], { cwd, start: "any" });
    await daemon.line((line) => String(line.text ?? "").startsWith("Ctrl-C"));
    return () => daemon.stop();
  };
  const stop = await start();
  const steps = firstFlag().map(({ command, answer }) => ({
    command: command.replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`),
    answer,
  }));
  t.true(steps.length >= 9);
  for (const { command, answer } of steps) {
    if (command.includes("logs --follow")) {
      const { text } = await shell(command.replace("--follow ", ""), cwd, path);
      t.regex(text, /daemon\.ready/, command);
      continue;
    }
    // What a push changes is there within seconds.
    const { code, text } = await eventually(
      () => shell(command, cwd, path),
      (one) => answer === undefined || one.text.includes(answer),
    );
    t.is(code, 0, `${command}\n${text}`);
    t.true(text.includes(answer ?? ""), `${command}\n${text}`);
  }
  await stop();
  const stopAgain = await start("--reset");
  const { text } = await shell("npx vexil evaluate dark-mode --entity bob", cwd, path);
  t.regex(text, /^false\n/);
  await stopAgain();
});

test("a clone has the command that the README calls", async (t) => {
  const cwd = await temporaryDirectory(t);
  await symlink(join(ROOT, "node_modules"), join(cwd, "node_modules"));
  const { code, text } = await shell("node_modules/.bin/vexil --version", cwd, cwd);
  t.is(code, 0, text);
});
