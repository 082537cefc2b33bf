import { evaluateBoolean } from "@vexil/flags/evaluate/boolean";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { evaluateVariant } from "@vexil/flags/evaluate/variant";
import { explainFlag } from "@vexil/flags/explain/explain-flag";
import type { Flag } from "@vexil/flags/read/document";
import { BooleanOutcome, timingJson, VariantOutcome } from "../../../daemon/dist/http/reads/outcome.js";
import { buildOnce } from "../helpers/flags/build-from-files.js";
import { featuresFile } from "./generated-flags.js";
import { type BenchRow, compare } from "./row.js";

const FLAGS = 100;
const CALLS = 20_000;
const ROUNDS = 7;
const CONTEXTS = [{ country: "de", age: "30" }, { country: "us", age: "12" }, {}];

/** Explanations in process beside evaluations of the same flags and contexts, both up to the text of the answer. */
export async function benchExplanations(): Promise<readonly BenchRow[]> {
  const { snapshot } = await buildOnce({ "default/features.yaml": featuresFile("default", FLAGS) });
  const namespace = snapshot.namespaces.get("default");
  if (namespace === undefined) throw new Error(JSON.stringify(snapshot.quarantined));
  const flags = [...namespace.flags.values()].map((flag): [CompiledFlag, Flag] => {
    const written = namespace.places(flag.key)?.written;
    if (written === undefined) throw new Error(flag.key);
    return [flag, written];
  });
  let characters = 0;
  const each = (call: (flag: CompiledFlag, written: Flag, entity: string, context: object) => string) => async () => {
    for (let index = 0; index < CALLS; index += 1) {
      const [flag, written] = flags[index % FLAGS] as [CompiledFlag, Flag];
      characters += call(flag, written, `user-${index % 1000}`, CONTEXTS[index % CONTEXTS.length] ?? {}).length;
    }
  };
  const evaluation = each((flag, _, entity, context) => answer(flag, entity, context as Record<string, string>));
  const explanation = each((flag, written, entity, context) =>
    JSON.stringify(explainFlag(flag, written, entity, context as Record<string, string>)),
  );
  const row = { measure: `${CALLS} explanations in process`, goal: "≤ 20×", against: "evaluations" };
  await explanation();
  const result = await compare(row, ROUNDS, explanation, evaluation);
  if (characters === 0) throw new Error("nothing was answered");
  return [result];
}

function answer(flag: CompiledFlag, entity: string, context: Record<string, string>): string {
  const cell = { value: 0 };
  const outcome =
    flag.type === "BOOLEAN_FLAG_TYPE"
      ? new BooleanOutcome(flag, evaluateBoolean(flag, entity, context), cell)
      : new VariantOutcome(flag, evaluateVariant(flag, entity, context), cell);
  return outcome.json("", timingJson(0.1));
}
