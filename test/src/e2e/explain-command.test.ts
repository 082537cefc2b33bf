import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
  const clone = await repository.clone();
  const local = asked.slice(0, -2).concat("--local", clone);
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

  // Without any daemon: as committed, then with a line that is not, and at the commit again.
  const committed = await vexil([...local, "--json"]);
  t.is(committed.code, 0, committed.stderr);
  const there = JSON.parse(committed.stdout);
  t.deepEqual(there.steps, steps);
  const file = join(clone, "default/features.yaml");
  const written = await readFile(file, "utf8");
  const marked = written.replace("- key: theme\n", "- key: theme\n    description: changed\n");
  t.not(marked, written);
  await writeFile(file, marked);
  const [edited, past, outside] = await Promise.all([
    vexil([...local, "--json"]),
    vexil([...local, "--json", "--at", head.slice(0, 7)]),
    vexil(["explain", "none", "--local", clone]),
  ]);
  const [flag, rule] = JSON.parse(edited.stdout).steps;
  t.is(flag.source.commit, undefined, "its newest line is not committed");
  t.is(rule.source.commit, head);
  t.is(rule.source.line, steps[1].source.line + 1);
  t.deepEqual(JSON.parse(past.stdout).steps, steps);
  t.is(outside.code, 1);
});
