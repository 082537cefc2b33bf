import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { openLocal } from "../helpers/plugins/local-backend.js";
import { GIT_ENV } from "../helpers/repositories/native-git.js";
import { userAt } from "../helpers/repositories/user.js";
import { type BenchRow, compare } from "./row.js";

const FILES = 2000;
const ROUNDS = 21;

/** A scan of a quiet work tree beside `git status`, and how long scans hold the event loop. */
export async function benchWorkTreeScan(): Promise<readonly BenchRow[]> {
  const undo: (() => unknown)[] = [];
  const path = await mkdtemp(join(tmpdir(), "vexil-bench-"));
  undo.push(() => rm(path, { recursive: true, force: true }));
  try {
    const human = userAt(path);
    await human.git("init", "-q", "-b", "main");
    const content = "version: '1.4'\nflags: []\n".repeat(800);
    const names = Array.from({ length: FILES }, (_, index) => `ns-${index}/features.yaml`);
    await human.edit(Object.fromEntries(names.map((name, index) => [name, `# ${index}\n${content}`])));
    await human.git("add", "-A");
    await human.git("commit", "-qm", "all");
    const backend = await openLocal({ teardown: (one) => undo.unshift(one) }, path, { watch: false });
    const wanted = (file: string): boolean => file.endsWith("/features.yaml");
    const scan = async (): Promise<void> => {
      await backend.workTree?.scan(wanted, AbortSignal.timeout(60_000));
    };
    const status = (): Promise<void> =>
      new Promise((resolve, reject) => {
        const child = spawn("git", ["-C", path, "status", "--porcelain=v2"], { env: GIT_ENV, stdio: "ignore" });
        child.once("error", reject);
        child.once("close", () => resolve());
      });
    // Files as young as the scan are read again each time; those of a user are older.
    await delay(2500);
    const started = performance.now();
    const cold = await longestBlock(scan);
    const coldMs = performance.now() - started;
    for (let round = 0; round < 3; round += 1) await Promise.all([scan(), status()]);
    const warm = await longestBlock(async () => {
      for (let round = 0; round < ROUNDS; round += 1) await scan();
    });
    // What the machine itself does to a loop that has nothing to do, in the same time.
    const idle = await longestBlock(() => delay(coldMs));
    const measure = `scan of ${FILES} files`;
    return [
      await compare({ measure, goal: "≤ 0.5×", against: "git status" }, ROUNDS, scan, status),
      block(`longest block by the first scan of ${FILES} files (${coldMs.toFixed(0)} ms)`, cold, idle),
      block(`longest block by ${ROUNDS} later scans of ${FILES} files`, warm, idle),
    ];
  } finally {
    for (const one of undo) await one();
  }
}

/**
 * The longest turn of the event loop, in milliseconds: time that passed, or processor time of the whole process where
 * that is less, because then others had the processor.
 */
async function longestBlock(run: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let [at, used] = [performance.now(), process.cpuUsage()];
  let goesOn = true;
  const turn = (): void => {
    const [now, usage] = [performance.now(), process.cpuUsage()];
    const cpu = (usage.user - used.user + usage.system - used.system) / 1000;
    longest = Math.max(longest, Math.min(now - at, cpu));
    [at, used] = [now, usage];
    if (goesOn) setImmediate(turn);
  };
  setImmediate(turn);
  await run();
  await delay(1);
  goesOn = false;
  return longest;
}

function block(measure: string, figure: number, idle: number): BenchRow {
  return {
    measure,
    goal: "≤ 50 ms",
    figure: `${figure.toFixed(1)} ms`,
    reference: `${idle.toFixed(1)} ms (idle loop)`,
    ratio: figure / 50,
  };
}
