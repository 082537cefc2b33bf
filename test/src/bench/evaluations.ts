import { evaluateBoolean } from "@vexil/flags/evaluate/boolean";
import { evaluateVariant } from "@vexil/flags/evaluate/variant";
import { buildOnce } from "../helpers/flags/build-from-files.js";
import { ClientEngine } from "../helpers/flags/client-engine.js";
import { featuresFile } from "./generated-flags.js";
import { type BenchRow, median } from "./row.js";

const FLAGS = 100;
const SLICE_MS = 200;
const ROUNDS = 5;

/** Evaluations a second in process, beside the official WASM engine with the same flags and contexts. */
export async function benchEvaluations(): Promise<readonly BenchRow[]> {
  const { snapshot } = await buildOnce({ "default/features.yaml": featuresFile("default", FLAGS) });
  const namespace = snapshot.namespaces.get("default");
  if (namespace === undefined) throw new Error(JSON.stringify(snapshot.quarantined));
  const engine = await ClientEngine.create(namespace.clientJson);
  const contexts = [{ country: "de", age: "30" }, { country: "us", age: "12" }, {}];
  const request = (index: number): { flagKey: string; entityId: string; context: Record<string, string> } => ({
    flagKey: `flag-${index % FLAGS}`,
    entityId: `user-${index % 1000}`,
    context: contexts[index % contexts.length] ?? {},
  });
  const ours = (index: number): boolean => {
    const { flagKey, entityId, context } = request(index);
    const flag = namespace.flags.get(flagKey);
    if (flag === undefined) throw new Error(flagKey);
    return flag.type === "BOOLEAN_FLAG_TYPE"
      ? evaluateBoolean(flag, entityId, context).enabled
      : evaluateVariant(flag, entityId, context).match;
  };
  const theirs = (index: number): boolean => {
    const asked = request(index);
    return index % 2 === 1 ? engine.client.evaluateBoolean(asked).enabled : engine.client.evaluateVariant(asked).match;
  };
  for (let index = 0; index < FLAGS * 30; index += 1) {
    if (ours(index) !== theirs(index)) throw new Error(`the engines differ on ${JSON.stringify(request(index))}`);
  }
  const rates: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.theirs.push(rate(theirs));
    rates.ours.push(rate(ours));
  }
  const [figure, reference] = [median(rates.ours), median(rates.theirs)];
  return [
    {
      measure: "evaluations/s in process",
      goal: "≥ 10×",
      figure: `${Math.round(figure).toLocaleString("en")}/s`,
      reference: `${Math.round(reference).toLocaleString("en")}/s (official WASM engine)`,
      ratio: figure / reference,
    },
  ];
}

/** Calls a second, over one slice of time. */
function rate(evaluate: (index: number) => boolean): number {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  while (elapsed < SLICE_MS) {
    for (let step = 0; step < 100; step += 1) evaluate(count++);
    elapsed = performance.now() - start;
  }
  return (count / elapsed) * 1000;
}
