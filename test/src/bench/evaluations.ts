import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { meanOf, PAIRS, ratioText } from "./process-pairs.js";
import { type BenchRow, median } from "./row.js";
import type { EvaluationRates } from "./servers/evaluator.js";

/** Evaluations in process, beside the official WASM engine with the same flags and contexts, in several processes. */
export async function benchEvaluations(): Promise<readonly BenchRow[]> {
  const found: EvaluationRates[] = [];
  for (let count = 0; count < PAIRS; count += 1) found.push(await evaluatorRates());
  const summary = meanOf(found.map(({ ours, theirs }) => ours / theirs));
  const shown = (rates: readonly number[]): string =>
    `${Math.round(median(rates)).toLocaleString("en")} per second of CPU`;
  return [
    {
      measure: "evaluations in process",
      goal: "≥ 10×",
      figure: `${shown(found.map(({ ours }) => ours))} (${ratioText(summary)})`,
      reference: `${shown(found.map(({ theirs }) => theirs))} (official WASM engine)`,
      ratio: summary.ratio,
    },
  ];
}

async function evaluatorRates(): Promise<EvaluationRates> {
  const child = fork(fileURLToPath(new URL("./servers/evaluator.js", import.meta.url)));
  try {
    const ended = once(child, "exit").then(() => Promise.reject(new Error("the evaluator ended")));
    const [rates] = await Promise.race([once(child, "message"), ended]);
    return rates as EvaluationRates;
  } finally {
    child.kill("SIGKILL");
  }
}
