import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { createSnapshotBuilder } from "@vexil/core/internal/snapshots/create-snapshot-builder";
import { load } from "js-yaml";
import { buildFrom, type Files } from "../helpers/build-from-files.js";
import { generatedFiles } from "./generated-flags.js";
import { type BenchRow, compare } from "./row.js";

const IDLE_MS = 1000;

/** A cold parse and build beside js-yaml alone reading the same texts. */
export async function benchColdBuilds(
  sizes: readonly number[] = [1000, 10_000, 100_000],
): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const size of sizes) {
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
        async () => readAll(files),
      ),
    );
  }
  return rows;
}

/** How long others wait while 10,000 flags are built from nothing. */
export async function benchEventLoopDelay(flags = 10_000): Promise<readonly BenchRow[]> {
  const files = Object.fromEntries(generatedFiles(flags));
  const idle = await delayDuring(() => setTimeout(IDLE_MS));
  const busy = await delayDuring(() => coldBuild(files, flags));
  const text = (value: number): string => `${value.toFixed(1)} ms`;
  return [
    {
      measure: `event loop delay over idle during a cold build of ${flags.toLocaleString("en")} flags, p99`,
      goal: "≤ 10 ms",
      figure: text(busy.p99 - idle.p99),
      reference: `${text(idle.p99)} (idle)`,
      ratio: (busy.p99 - idle.p99) / 10,
    },
    {
      measure: `longest block of the event loop during a cold build of ${flags.toLocaleString("en")} flags`,
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

function readAll(files: Files): void {
  for (const text of Object.values(files)) load(String(text));
}

/** Delay of the event loop in milliseconds while `work` goes on. */
async function delayDuring(work: () => Promise<void>): Promise<{ readonly p99: number; readonly longest: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return { p99: delay.percentile(99) / 1e6, longest: delay.max / 1e6 };
}
