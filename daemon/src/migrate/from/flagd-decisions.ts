import { allOf, type Condition, EVERYBODY } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";
import { rounded, type Share, type SourceRule, sharesOf } from "../model/source-flag.js";
import type { SourceValue } from "../model/source-value.js";
import { type JsonLogic, operationOf } from "./json-logic.js";

interface Results {
  /** Variants of the flag. */
  readonly names: ReadonlySet<string>;
  /** Stands for null. */
  readonly otherwise: readonly Share[];
}

/**
 * The rules of a targeting expression: it gives a variant's name, true or false, or null for the default variant.
 * @throws NotCarried
 */
export function decisionsOf(node: SourceValue, logic: JsonLogic, results: Results): readonly SourceRule[] {
  return decide(logic.resolved(node), EVERYBODY, logic, results);
}

function decide(node: SourceValue, guard: Condition, logic: JsonLogic, results: Results): readonly SourceRule[] {
  const rule = (shares: readonly Share[], rest = 0): SourceRule => ({
    where: node.where,
    description: "",
    when: guard,
    shares,
    rest,
  });
  if (node.isAbsent) return [rule(results.otherwise)];
  if (typeof node.raw !== "object") return [rule([{ variant: named(String(node.raw), results), percent: 100 }])];
  const { operator, operands } = operationOf(node);
  if (operator === "if" || operator === "?:") {
    const rules: SourceRule[] = [];
    const parts = operands.map((one) => logic.resolved(one));
    for (let at = 0; at + 1 < parts.length; at += 2) {
      rules.push(...branch(parts[at] as SourceValue, parts[at + 1] as SourceValue, guard, logic, results));
    }
    const last = parts.length % 2 === 1 ? parts.at(-1) : undefined;
    return [...rules, ...(last === undefined ? [rule(results.otherwise)] : decide(last, guard, logic, results))];
  }
  if (operator === "fractional") return [rule(partsOf(operands, logic, results))];
  const when = allOf([guard, logic.condition(node)]);
  const [yes, no] = ["true", "false"].map((name) => [{ variant: named(name, results), percent: 100 }]);
  return [{ ...rule(yes as Share[]), when }, rule(no as Share[])];
}

function branch(
  test: SourceValue,
  then: SourceValue,
  guard: Condition,
  logic: JsonLogic,
  results: Results,
): readonly SourceRule[] {
  const part = partOf(test, logic);
  if (part === undefined) return decide(then, allOf([guard, logic.condition(test)]), logic, results);
  if (typeof then.raw !== "string") throw new NotCarried("a part of the users that gets more than one variant");
  const share = { variant: named(then.raw, results), percent: part };
  return [{ where: test.where, description: "", when: guard, shares: [share], rest: rounded(100 - part) }];
}

/** Percent of `{"==": [{"fractional": […]}, name]}`: a part of the users as a condition, as exports write it. */
function partOf(test: SourceValue, logic: JsonLogic): number | undefined {
  if (!test.isMap) return undefined;
  const { operator, operands } = operationOf(test);
  const [cut, name] = operands.map((one) => logic.resolved(one));
  if (operator !== "==" || !cut?.isMap || operationOf(cut).operator !== "fractional") return undefined;
  const shares = partsOf(operationOf(cut).operands, logic, undefined);
  const [first] = shares;
  if (first === undefined || first.variant !== name?.raw) throw new NotCarried("a comparison with a part of the users");
  return first.percent;
}

function partsOf(operands: readonly SourceValue[], logic: JsonLogic, results: Results | undefined): readonly Share[] {
  const [first, ...others] = operands;
  if (first === undefined) throw new NotCarried("fractional without any part");
  if (!first.isList && !logic.isEntity(first))
    throw new NotCarried("fractional by something else than the targeting key");
  const parts = first.isList ? operands : others;
  const weights = parts.map((part) => {
    const [name, weight] = part.items();
    if (name?.isAbsent && results?.otherwise.length === 1) {
      return { variant: results.otherwise[0]?.variant as string, weight: weight?.numberOr(1) ?? 1 };
    }
    if (typeof name?.raw !== "string") throw new NotCarried("a part of fractional that is no variant's name");
    const variant = results === undefined ? name.raw : named(name.raw, results);
    return { variant, weight: Math.max(0, weight?.numberOr(1) ?? 1) };
  });
  const shares = sharesOf(weights);
  if (shares.length === 0) throw new NotCarried("fractional whose parts are all 0");
  return shares;
}

function named(name: string, { names }: Results): string {
  if (names.has(name)) return name;
  throw new NotCarried(`it gives ${JSON.stringify(name)}, which is no variant`);
}
