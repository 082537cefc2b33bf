import { setImmediate } from "node:timers/promises";
import { compareNamespaces, type Namespaces } from "@vexil/flags/compare/compare-namespaces";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { buildFrom, type Files } from "../helpers/flags/build-from-files.js";
import { generatedFiles } from "./generated-flags.js";
import type { BenchRow } from "./row.js";

const FLAGS = 10_000;
const RUNS = 5;
const GOAL_MS = 1_000;
const SLICE_GOAL_MS = 50;

/** Differences between the two revisions that are compared, each as a change of each file's text. */
const CHANGES: readonly (readonly [string, (text: string, index: number) => string])[] = [
  ["one flag", (text, index) => (index === 0 ? text.replace("percentage: 7\n", "percentage: 9\n") : text)],
  ["a segment of every tenth flag", (text) => text.replaceAll(/value: "(20|30|40|50|60)"/g, 'value: "19"')],
  [
    "every boolean flag",
    (text) => text.replaceAll(/percentage: (\d+)/g, (_, old: string) => `percentage: ${Number(old) / 2}`),
  ],
];

/** Time that a comparison takes: in all, and at most in one turn of the event loop. */
export async function benchComparisons(): Promise<readonly BenchRow[]> {
  const builder = createSnapshotBuilder();
  try {
    const files = [...generatedFiles(FLAGS)];
    const rows: BenchRow[] = [];
    for (const [what, change] of CHANGES) {
      const base = await build(builder, files);
      const head = await build(
        builder,
        files.map(([path, text], index) => [path, change(text, index)]),
      );
      rows.push(...(await measured(what, base, head)));
    }
    return rows;
  } finally {
    await builder.close();
  }
}

async function build(
  builder: ReturnType<typeof createSnapshotBuilder>,
  files: readonly (readonly [string, string])[],
): Promise<Namespaces> {
  const { snapshot } = await buildFrom(builder, Object.fromEntries(files) satisfies Files);
  if (snapshot.quarantined.length > 0) throw new Error(JSON.stringify(snapshot.quarantined[0]));
  return snapshot.namespaces;
}

async function measured(what: string, base: Namespaces, head: Namespaces): Promise<readonly BenchRow[]> {
  const times: number[] = [];
  let longest = 0;
  let affected = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const startedAt = performance.now();
    let isDone = false;
    const done = compareNamespaces(base, head).then((comparison) => {
      isDone = true;
      affected = comparison.affected.length;
    });
    for (let last = performance.now(); !isDone; ) {
      await setImmediate();
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }
    await done;
    times.push(performance.now() - startedAt);
  }
  const median = times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
  const measure = `compare two revisions of ${FLAGS.toLocaleString("en")} flags, ${what} changed`;
  return [
    {
      measure,
      goal: "≤ 1 s",
      figure: `${median.toFixed(0)} ms`,
      reference: `${affected} affected`,
      ratio: median / GOAL_MS,
    },
    {
      measure: `longest block meanwhile`,
      goal: "≤ 50 ms",
      figure: `${longest.toFixed(1)} ms`,
      reference: "",
      ratio: longest / SLICE_GOAL_MS,
    },
  ];
}
