import { readdir } from "node:fs/promises";
import type { Scope } from "../helpers/files/temporary-directory.js";
import type { BenchRow } from "./row.js";

type Bench = (scope: Scope) => Promise<readonly BenchRow[]>;

/**
 * Every exported function named `bench…` of this folder's modules.
 * @param filter name of a module, or, where none is named so, a part of names
 */
async function benches(filter: string | undefined): Promise<ReadonlyMap<string, Bench>> {
  const found = new Map<string, Bench>();
  const files = (await readdir(new URL(".", import.meta.url))).sort();
  const isNamed = files.includes(`${filter}.js`);
  for (const file of files) {
    if (!file.endsWith(".js") || file === "main.js") continue;
    if (filter !== undefined && (isNamed ? file !== `${filter}.js` : !file.includes(filter))) continue;
    const module = (await import(new URL(file, import.meta.url).href)) as Readonly<Record<string, unknown>>;
    for (const [name, value] of Object.entries(module)) {
      if (/^bench[A-Z]/.test(name) && typeof value === "function") found.set(`${file} ${name}`, value as Bench);
    }
  }
  return found;
}

async function run(bench: Bench): Promise<readonly BenchRow[]> {
  const teardowns: (() => unknown)[] = [];
  try {
    return await bench({ teardown: (step) => void teardowns.push(step) });
  } finally {
    for (const step of teardowns.reverse()) await step();
  }
}

const HEAD = ["measure", "goal", "figure", "reference", "ratio"] as const;

function table(rows: readonly BenchRow[]): string {
  const cells = rows.map(({ measure, goal, figure, reference, ratio }) => [
    measure,
    goal,
    figure,
    reference,
    Number.isFinite(ratio) ? ratio.toFixed(2) : "",
  ]);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(HEAD), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}

const found = await benches(process.argv[2]);
if (found.size === 0) {
  console.error(`no bench is named like ${process.argv[2]}`);
  process.exit(1);
}
const rows: BenchRow[] = [];
for (const [name, bench] of found) {
  process.stderr.write(`${name} …\n`);
  rows.push(...(await run(bench)));
}
console.log(table(rows));
process.exit(0);
