import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { openLocal } from "../helpers/local-backend.js";
import { GIT_ENV } from "../helpers/native-git.js";
import { personAt } from "../helpers/person.js";

export interface BenchRow {
  readonly measure: string;
  readonly goal: string;
  readonly figure: string;
  readonly reference: string;
  readonly ratio: string;
}

const FILES = 2000;
const ROUNDS = 21;

/** A scan of a quiet work tree beside `git status`, and how long the scans hold the event loop. */
export async function benchWorkTreeScan(): Promise<readonly BenchRow[]> {
  const undo: (() => unknown)[] = [];
  const path = await mkdtemp(join(tmpdir(), "vexil-bench-"));
  undo.push(() => rm(path, { recursive: true, force: true }));
  try {
    const human = personAt(path);
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
    // Files as young as the scan are read again each time; those of a person are older.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const [cold] = await timed(scan, 1);
    for (let round = 0; round < 3; round += 1) await Promise.all([scan(), status()]);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(...(await timed(scan, 1)));
      theirs.push(...(await timed(status, 1)));
    }
    delay.disable();
    const [mine, git] = [median(ours), median(theirs)];
    const block = delay.max / 1e6;
    return [
      row(`scan of ${FILES} files`, "≤ 1/2 of git status", ms(mine), `git status ${ms(git)}`, (mine / git).toFixed(2)),
      row(`longest block by scans of ${FILES} files, cold and warm`, "≤ 50 ms", ms(block), `cold ${ms(cold ?? 0)}`, ""),
    ];
  } finally {
    for (const one of undo) await one();
  }
}

async function timed(run: () => Promise<void>, times: number): Promise<readonly number[]> {
  const figures: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const started = performance.now();
    await run();
    figures.push(performance.now() - started);
  }
  return figures;
}

function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[figures.length >> 1] ?? 0;
}

function ms(figure: number): string {
  return `${figure.toFixed(1)} ms`;
}

function row(measure: string, goal: string, figure: string, reference: string, ratio: string): BenchRow {
  return { measure, goal, figure, reference, ratio };
}
