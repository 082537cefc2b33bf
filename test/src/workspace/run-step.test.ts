import { execFile } from "node:child_process";
import { join } from "node:path";
import test from "ava";
import { ROOT } from "../helpers/files/manual.js";

const STEP = join(ROOT, ".scripts/run-step.mjs");

/** Runs a program for some time as a step, on a terminal or not. */
function stepOf(milliseconds: number, isTerminal: boolean): Promise<{ code: number; text: string }> {
  const script = `import { runStep } from ${JSON.stringify(STEP)};
process.exitCode = await runStep("Waiting", process.execPath, ["-e", "setTimeout(process.exit, ${milliseconds}, 7)"], {});`;
  const command = [process.execPath, "--input-type=module", "--eval", script];
  const quoted = command.map((part) => `'${part.replaceAll("'", "'\\''")}'`).join(" ");
  const [program = "", ...args] = isTerminal
    ? ["script", "--quiet", "--return", "--command", quoted, "/dev/null"]
    : command;
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), text: stdout + stderr }),
    );
  });
}

test("a step that takes long says what is under way, a terminal with the seconds, and ends as its program does", async (t) => {
  const [short, long, shown] = await Promise.all([stepOf(0, false), stepOf(4_500, false), stepOf(4_500, true)]);
  t.is(short.code, 7);
  t.deepEqual(long, { code: 7, text: "Waiting …\n" });
  t.is(shown.code, 7);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: how a terminal's line is written anew
  t.regex(shown.text, /^(\r\u001b\[KWaiting … \d+ s)+\r\u001b\[K$/);
});
