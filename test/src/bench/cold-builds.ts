import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { buildFrom, type Files } from "../helpers/flags/build-from-files.js";
import { generatedFiles } from "./generated-flags.js";
import { type BenchRow, compare } from "./row.js";

const IDLE_MS = 1000;

const SIZES = [1000, 10_000, 100_000];
const FLAGS = 10_000;

/** A cold parse and build beside js-yaml alone reading the same texts in a fresh thread. */
export async function benchColdBuilds(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const size of SIZES) {
    const files = Object.fromEntries(generatedFiles(size));
    const row = {
      measure: `cold parse and build, ${size.toLocaleString("en")} flags`,
      goal: "≤ 2×",
      against: "js-yaml alone",
    };
    rows.push(
      await compare(
        row,
        size > 50_000 ? 1 : 3,
        () => coldBuild(files, size),
        () => readAll(files),
      ),
    );
  }
  return rows;
}

/** How long others wait while 10,000 flags are built from nothing. */
export async function benchEventLoopDelay(): Promise<readonly BenchRow[]> {
  const files = Object.fromEntries(generatedFiles(FLAGS));
  const idle = await delayDuring(() => setTimeout(IDLE_MS));
  const busy = await delayDuring(() => coldBuild(files, FLAGS));
  const text = (value: number): string => `${value.toFixed(1)} ms`;
  return [
    {
      measure: `event loop delay over idle during a cold build of ${FLAGS.toLocaleString("en")} flags, p99`,
      goal: "≤ 10 ms",
      figure: text(busy.p99 - idle.p99),
      reference: `${text(idle.p99)} (idle)`,
      ratio: (busy.p99 - idle.p99) / 10,
    },
    {
      measure: `longest block of the event loop during a cold build of ${FLAGS.toLocaleString("en")} flags`,
      goal: "≤ 50 ms",
      figure: text(busy.longest - idle.p99),
      reference: `${text(idle.longest)} (idle)`,
      ratio: (busy.longest - idle.p99) / 50,
    },
  ];
}

async function coldBuild(files: Files, flags: number): Promise<void> {
  const builder = createSnapshotBuilder();
  try {
    const { snapshot } = await buildFrom(builder, files);
    const found = [...snapshot.namespaces.values()].reduce((sum, namespace) => sum + namespace.flags.size, 0);
    if (found !== flags) throw new Error(`${found} of ${flags} flags: ${JSON.stringify(snapshot.quarantined[0])}`);
  } finally {
    await builder.close();
  }
}

async function readAll(files: Files): Promise<void> {
  const thread = new Worker(new URL("./threads/read-yaml.js", import.meta.url));
  thread.postMessage(Object.values(files));
  await once(thread, "message");
  await thread.terminate();
}

/** Delay of the event loop in milliseconds while `work` goes on. */
async function delayDuring(work: () => Promise<void>): Promise<{ readonly p99: number; readonly longest: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return { p99: delay.percentile(99) / 1e6, longest: delay.max / 1e6 };
}
