import { evaluateBoolean } from "@vexil/flags/evaluate/boolean";
import { evaluateVariant } from "@vexil/flags/evaluate/variant";
import { buildOnce } from "../../helpers/flags/build-from-files.js";
import { ClientEngine } from "../../helpers/flags/client-engine.js";
import { featuresFile } from "../generated-flags.js";
import { median } from "../row.js";

const FLAGS = 100;
const SLICE_MS = 100;
const ROUNDS = 5;

/** Evaluations a second of processor time: ours, and those of the official WASM engine. */
export interface EvaluationRates {
  readonly ours: number;
  readonly theirs: number;
}

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
const result: EvaluationRates = { ours: median(rates.ours), theirs: median(rates.theirs) };
process.send?.(result);

/** Calls a second of processor time, over one slice of time. */
function rate(evaluate: (index: number) => boolean): number {
  const start = performance.now();
  const before = process.cpuUsage();
  let count = 0;
  while (performance.now() - start < SLICE_MS) for (let step = 0; step < 100; step += 1) evaluate(count++);
  const { user, system } = process.cpuUsage(before);
  return (count / (user + system)) * 1_000_000;
}
