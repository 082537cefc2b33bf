import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import test from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));

function vexil(args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VEXIL, ...args], { env: { PATH: process.env.PATH } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

test("vexil explain shows the steps, where they are written and by whom; an unknown flag is code 1", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
  });
  await (await daemon.start()).settled;
  const at = ["--url", daemon.url()];
  const head = (await repository.head()) ?? "";
  const asked = ["explain", "theme", "--entity", "user-3", "--context", "country=de", "--context", "age=30", ...at];
  const [text, json, evaluated, missing, nobody] = await Promise.all([
    vexil(asked),
    vexil([...asked, "--json"]),
    vexil(asked.map((word) => (word === "explain" ? "evaluate" : word))),
    vexil(["explain", "none", ...at]),
    vexil(["explain", "theme", "--url", "http://127.0.0.1:9"]),
  ]);
  t.is(text.code, 0, text.stderr);
  t.is(text.stdout.split("\n")[0], evaluated.stdout.split("\n")[0]);
  t.true(text.stdout.includes(`${head.slice(0, 8)} by Ada`), text.stdout);
  t.regex(text.stdout, /default\/features\.yaml:\d+:\d+/);
  const { evaluation, steps } = JSON.parse(json.stdout);
  t.is(evaluation.flagKey, "theme");
  t.is(steps[0].source.commit, head);
  t.is(missing.code, 1);
  t.regex(missing.stderr, /flag "default\/none" not found/);
  t.is(nobody.code, 2);
});
