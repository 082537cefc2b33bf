import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import local from "@vexil/backend-local";
import test, { type ExecutionContext } from "ava";
import { backendContext } from "../helpers/plugins/local-backend.js";
import { GIT_ENV } from "../helpers/repositories/native-git.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { FEATURES, user } from "../helpers/repositories/user.js";

const WRITER = fileURLToPath(new URL("../helpers/plugins/local-writer.js", import.meta.url));
/** Kills in all, over both kinds of repository, two of each at a time. */
const KILLS = Number(process.env.VEXIL_KILLS ?? 200) / 4;

/** Starts a writer and kills it at a random moment; resolves to the last commit that it acknowledged. */
async function killOnce(path: string, seed: number): Promise<string | undefined> {
  const child = spawn(process.execPath, [WRITER, path, String(seed)], {
    env: GIT_ENV,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // Some moment of the first few writes, however slow the machine is.
  const lines = 1 + Math.floor(Math.random() * 3);
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (output.split("\n").length > lines) resolve();
    });
    child.once("close", () => resolve());
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), Math.random() * 40);
  await ended;
  clearTimeout(timer);
  if (child.signalCode !== "SIGKILL") throw new Error(`the writer ended by itself: ${errors}`);
  return output
    .split("\n")
    .filter((line) => /^[0-9a-f]{40}$/.test(line))
    .at(-1);
}

async function leftovers(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith(".lock") || /^vexil\/(?:apply|locks\/|lock$)/.test(name));
}

async function reopened(t: ExecutionContext, path: string): Promise<void> {
  const backend = await local.create({ path, watch: false }, backendContext());
  t.true((await backend.refs.list("refs/heads/main")).size === 1);
  await backend.close();
}

for (const lane of ["one", "two"]) {
  test(`killed at any point, a clone keeps the user's work, and the next start cleans up (${lane})`, clone);
  test(`killed at any point, a bare repository is whole and has all that was acknowledged (${lane})`, bare);
}

async function clone(t: ExecutionContext): Promise<void> {
  t.timeout(300_000);
  const human = await user(t, {
    "ours/features.yaml": FEATURES,
    "mine/features.yaml": FEATURES,
    "staged.txt": "1\n",
  });
  await human.edit({ "mine/features.yaml": "edited: 1\n", "staged.txt": "2\n", "untracked.txt": "u\n" });
  await human.git("add", "staged.txt");
  const expected = [await human.status(), await human.git("diff"), await human.git("diff", "--cached")];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const acknowledged = await killOnce(human.path, kill);
    // Every tenth time the user looks before the daemon is back.
    if (kill % 10 !== 0 && kill < KILLS - 1) continue;
    await reopened(t, human.path);
    t.deepEqual(
      [await human.status(), await human.git("diff"), await human.git("diff", "--cached")],
      expected,
      `kill ${kill}`,
    );
    t.deepEqual(await leftovers(join(human.path, ".git")), []);
    if (acknowledged !== undefined) await human.git("merge-base", "--is-ancestor", acknowledged, "HEAD");
  }
  await human.git("fsck", "--strict");
}

async function bare(t: ExecutionContext): Promise<void> {
  t.timeout(300_000);
  const repository = await temporaryRepository(t, { files: { "ours/features.yaml": FEATURES } });
  for (let kill = 0; kill < KILLS; kill += 1) {
    const acknowledged = await killOnce(repository.path, kill);
    if (kill % 10 !== 0 && kill < KILLS - 1) continue;
    await reopened(t, repository.path);
    t.deepEqual(await leftovers(repository.path), []);
    if (acknowledged !== undefined) await repository.git("merge-base", "--is-ancestor", acknowledged, "main");
  }
  await repository.git("fsck", "--strict");
}
