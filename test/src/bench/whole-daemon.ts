import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { generatedFiles } from "./generated-flags.js";
import { type BenchRow, median } from "./row.js";

const SIZES = [1_000, 10_000, 100_000];
const CHANGES = 7;
const POLLS = 1_000;
const READ_WITH_JS_YAML = `
const { readFileSync } = require("node:fs");
import(process.argv[1]).then(({ load }) => {
  for (const file of JSON.parse(readFileSync(0, "utf8"))) load(readFileSync(file, "utf8"));
});`;

const quiet = { log: { level: "info" } };

function serving(repository: TemporaryRepository, more: object = {}): Promise<RunningDaemon> | object {
  return { storage: { default: { remote: repository.path, poll_interval: "1h", ...more } }, ...quiet };
}

async function measured(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const flags = (size: number): string => `${size.toLocaleString("en")} flags`;
const ms = (value: number): string => `${value.toFixed(0)} ms`;

/** From the process's start to its readiness, beside js-yaml reading the same files in a process of its own. */
export async function benchColdStart(scope: Scope): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const size of SIZES) {
    const files = Object.fromEntries(generatedFiles(size));
    const repository = await temporaryRepository(scope, { files });
    const texts = await onDisk(scope, files);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < (size > 50_000 ? 1 : 3); round += 1) {
      theirs.push(await measured(() => jsYaml(texts)));
      ours.push(
        await measured(async () => {
          const daemon = await startDaemon(scope, { config: serving(repository) as Record<string, unknown> });
          void daemon.stop("SIGKILL");
        }),
      );
    }
    rows.push({
      measure: `cold start to ready, ${flags(size)}`,
      goal: "≤ 2×",
      figure: ms(median(ours)),
      reference: `${ms(median(theirs))} (js-yaml alone)`,
      ratio: median(ours) / median(theirs),
    });
  }
  return rows;
}

/** One changed flag: from the poll's first byte to the new state being served, as the daemon's own log has it. */
export async function benchOneFlagChange(scope: Scope): Promise<readonly BenchRow[]> {
  const medians: number[] = [];
  for (const size of SIZES) {
    const files = generatedFiles(size);
    const repository = await temporaryRepository(scope, { files: Object.fromEntries(files) });
    const daemon = await startDaemon(scope, { config: serving(repository) as Record<string, unknown> });
    const [path, text] = [...files][0] ?? ["", ""];
    const times: number[] = [];
    for (let round = 0; round < CHANGES; round += 1) {
      const head = await repository.commit({ [path]: text.replace("enabled: true", `enabled: ${round % 2 === 1}`) });
      times.push(await measured(() => daemon.post("/api/storages/default/sync?wait=true", {})));
      await eventually(
        () => daemon.get("/api/status"),
        ({ body }) => body.storages[0].revision === head,
      );
    }
    await daemon.stop();
    medians.push(median(times));
  }
  const [small = 0, middle = 0, large = 0] = medians;
  const row = (size: number, value: number, goal: string, reference: string, ratio: number): BenchRow => ({
    measure: `one-flag change, poll to served, ${flags(size)} in files of 500`,
    goal,
    figure: ms(value),
    reference,
    ratio,
  });
  return [
    row(1_000, small, "", "", Number.NaN),
    row(10_000, middle, "≤ 50 ms", "50 ms", middle / 50),
    row(100_000, large, "≤ 2×", `${ms(middle)} (10,000 flags)`, large / middle),
  ];
}

/** Memory of one process at 10,000 flags, and what 1,000 polls, every tenth with a change, add to it. */
export async function benchMemory(scope: Scope): Promise<readonly BenchRow[]> {
  const files = generatedFiles(10_000);
  const repository = await temporaryRepository(scope, { files: Object.fromEntries(files) });
  const daemon = await startDaemon(scope, { config: serving(repository) as Record<string, unknown> });
  const rss = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.child.pid}/status`, "utf8"))?.[1]) / 1024;
  const loaded = rss();
  const [path, text] = [...files][0] ?? ["", ""];
  const poll = async (number: number): Promise<void> => {
    if (number % 10 === 0) await repository.commit({ [path]: `${text}# ${number}\n` });
    await daemon.post("/api/storages/default/sync?wait=true", {});
  };
  for (let number = 0; number < POLLS / 4; number += 1) await poll(number);
  const early = rss();
  for (let number = POLLS / 4; number < POLLS; number += 1) await poll(number);
  const late = rss();
  await daemon.stop();
  const mb = (value: number): string => `${value.toFixed(0)} MB`;
  return [
    {
      measure: "RSS of the process at 10,000 flags",
      goal: "≤ 150 MB",
      figure: mb(loaded),
      reference: "150 MB",
      ratio: loaded / 150,
    },
    {
      measure: "RSS after 1,000 polls, 100 with a change",
      goal: "flat",
      figure: mb(late),
      reference: `${mb(early)} (after 250)`,
      ratio: late / early,
    },
  ];
}

async function onDisk(scope: Scope, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const directory = await temporaryDirectory(scope);
  const paths: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    paths.push(path);
  }
  return paths;
}

async function jsYaml(paths: readonly string[]): Promise<void> {
  const library = pathToFileURL(createRequire(import.meta.url).resolve("js-yaml")).href;
  const child = spawn(process.execPath, ["-e", READ_WITH_JS_YAML, library], { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(JSON.stringify(paths));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`js-yaml ended with ${code}`);
}
