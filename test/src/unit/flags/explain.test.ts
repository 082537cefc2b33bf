import type { NamespaceSnapshot } from "@vexil/flags/compile/snapshot";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { type BooleanResult, evaluateBoolean } from "@vexil/flags/evaluate/boolean";
import { evaluateVariant, type VariantResult } from "@vexil/flags/evaluate/variant";
import { explainFlag } from "@vexil/flags/explain/explain-flag";
import type { ExplainedStep, Explanation } from "@vexil/flags/explain/explanation";
import test from "ava";
import fc from "fast-check";
import { buildFrom, buildOnce } from "../../helpers/flags/build-from-files.js";
import { randomContext, randomFlags, toFile } from "../../helpers/flags/random-flags.js";

/** Sets of flags; each is asked for a hundred contexts. */
const SETS = Number(process.env.VEXIL_EXPLAIN_SETS ?? 60);
const ASKED = 100;
/** Contexts that each entity is asked with. */
const ROUNDS = Number(process.env.VEXIL_EXPLAIN_ROUNDS ?? 1);

type Context = Readonly<Record<string, string>>;

function explain(namespace: NamespaceSnapshot, key: string, entity: string, context: Context): Explanation {
  const flag = namespace.flags.get(key);
  const written = namespace.places(key)?.written;
  if (flag === undefined || written === undefined) throw new Error(`no flag ${key}`);
  return explainFlag(flag, written, entity, context);
}

function evaluate(namespace: NamespaceSnapshot, key: string, entity: string, context: Context): Result {
  const flag = namespace.flags.get(key);
  if (flag === undefined) throw new Error(`no flag ${key}`);
  return flag.type === "BOOLEAN_FLAG_TYPE"
    ? evaluateBoolean(flag, entity, context)
    : evaluateVariant(flag, entity, context);
}

type Result = BooleanResult | VariantResult;

/** The answer that the steps of an explanation lead to by themselves. */
function retraced(steps: readonly ExplainedStep[]): { match: boolean; value: string; segments: readonly string[] } {
  let isOver = false;
  let answer: ReturnType<typeof retraced> = { match: false, value: "", segments: [] };
  for (const step of steps) {
    if (isOver) {
      if (step.outcome !== "skipped") throw new Error(`${step.kind} ${step.rank} comes after the end`);
      continue;
    }
    const outcome = outcomeOf(step);
    if (outcome !== step.outcome) throw new Error(`${step.kind} ${step.rank} is ${step.outcome}, not ${outcome}`);
    if (step.kind === "flag") {
      isOver = outcome === "no-match";
    } else if (outcome === "match") {
      const hits = step.intervals?.filter(({ hit }) => hit) ?? [];
      if (hits.some(({ value }) => value !== step.value)) throw new Error(`another interval of ${step.value} is hit`);
      const segments = (step.segments ?? []).filter(({ match }) => match).map(({ key }) => key);
      answer = { match: step.kind !== "default", value: step.value ?? "", segments };
      isOver = true;
    }
  }
  return answer;
}

function outcomeOf(step: ExplainedStep): ExplainedStep["outcome"] {
  if (step.kind === "flag" || step.kind === "default") return step.outcome;
  if (step.reason !== undefined) return "no-match";
  for (const interval of step.intervals ?? []) {
    const isIn = interval.from <= (step.bucket ?? -1) && (step.bucket ?? -1) < interval.to;
    if (isIn !== (interval.hit === true)) throw new Error(`interval ${JSON.stringify(interval)} of ${step.bucket}`);
  }
  if (step.segments === undefined) return step.intervals?.some(({ hit }) => hit) ? "match" : "no-match";
  for (const { key, match, matchType, constraints } of step.segments) {
    const isMatch =
      constraints.length === 0 ||
      (matchType === "ALL_MATCH_TYPE"
        ? constraints.every((each) => each.match)
        : constraints.some((each) => each.match));
    if (isMatch !== match) throw new Error(`segment ${key} is ${match}`);
    for (const constraint of constraints) {
      if (constraint.match === (constraint.reason === undefined)) continue;
      throw new Error(`${JSON.stringify(constraint)} lacks its reason`);
    }
  }
  const isMatch =
    step.segmentOperator === "AND_SEGMENT_OPERATOR"
      ? step.segments.every(({ match }) => match)
      : step.segments.some(({ match }) => match);
  return isMatch ? "match" : "no-match";
}

test(`explaining ${SETS * ASKED * ROUNDS} random flags gives what evaluating gives, and the steps lead there`, async (t) => {
  t.timeout(3_000_000);
  const builder = createSnapshotBuilder();
  t.teardown(() => builder.close());
  const seen = { asked: 0, matches: 0, misses: 0 };
  const entities = fc.array(fc.stringMatching(/^[a-z@.\-ü0-9]{0,8}$/), { minLength: ASKED, maxLength: ASKED });
  const contexts = fc.array(randomContext, { minLength: ASKED, maxLength: ASKED });
  const property = fc.asyncProperty(randomFlags, entities, contexts, async (set, ids, given) => {
    const { snapshot } = await buildFrom(builder, { "default/features.yaml": toFile(set) });
    const namespace = snapshot.namespaces.get("default");
    if (namespace === undefined) throw new Error(JSON.stringify(snapshot.quarantined));
    for (let index = 0; index < ASKED * ROUNDS; index += 1) {
      const entity = ids[index % ASKED] ?? "";
      const key = set.flags[index % set.flags.length]?.key ?? "";
      const context = given[(index + 7 * Math.floor(index / ASKED)) % ASKED] ?? {};
      const asked = `${key} for ${entity} in ${JSON.stringify(context)}`;
      const explanation = explain(namespace, key, entity, context);
      const expected = evaluate(namespace, key, entity, context);
      seen.asked += 1;
      if (JSON.stringify(explanation.result) !== JSON.stringify(expected)) {
        throw new Error(`${asked}: ${JSON.stringify(explanation.result)}, not ${JSON.stringify(expected)}`);
      }
      const { match, value, segments } = retraced(explanation.steps);
      const isMatch = expected.reason === "MATCH_EVALUATION_REASON";
      if (match !== isMatch) throw new Error(`${asked}: the steps say ${match}`);
      if (expected.reason !== "FLAG_DISABLED_EVALUATION_REASON" && value !== givenValue(expected)) {
        throw new Error(`${asked}: the steps give ${value}, not ${givenValue(expected)}`);
      }
      if (isMatch && segments.join() !== expected.segmentKeys.join()) throw new Error(`${asked}: by ${segments}`);
      if (isMatch) seen.matches += 1;
      const { closest } = explanation;
      if (closest === undefined) continue;
      seen.misses += 1;
      const after = evaluate(namespace, key, entity, { ...context, ...closest.change });
      const isOther = !isMatch || givenValue(after) !== givenValue(expected);
      if (after.reason !== "MATCH_EVALUATION_REASON" || givenValue(after) !== closest.gives || !isOther) {
        throw new Error(`${asked}: ${JSON.stringify(closest)} gives ${JSON.stringify(after)}`);
      }
    }
  });
  await fc.assert(property, { numRuns: SETS });
  t.log(JSON.stringify(seen));
  t.is(seen.asked, SETS * ASKED * ROUNDS);
  t.true(seen.matches > seen.asked / 10);
  t.true(seen.misses > seen.asked / 50);
});

const givenValue = (result: Result): string => ("enabled" in result ? String(result.enabled) : result.variantKey);

const FILE = `namespace: default
flags:
  - key: dark
    name: Dark
    type: BOOLEAN_FLAG_TYPE
    enabled: false
    rollouts:
      - segment: { key: grown-up-testers, value: true }
      - description: for later
      - threshold: { percentage: 12.5, value: true }
  - key: theme
    name: Theme
    enabled: true
    variants: [{ key: plain, default: true }, { key: blue }, { key: red }]
    rules:
      - segment: { keys: [broken, grown-up-testers], operator: AND_SEGMENT_OPERATOR }
        distributions: [{ variant: blue, rollout: 33.33 }, { variant: red, rollout: 66.67 }]
segments:
  - key: grown-up-testers
    name: Testers
    match_type: ALL_MATCH_TYPE
    constraints:
      - { type: STRING_COMPARISON_TYPE, property: plan, operator: isoneof, value: [beta, alpha] }
      - { type: NUMBER_COMPARISON_TYPE, property: age, operator: gte, value: "18" }
      - { type: NUMBER_COMPARISON_TYPE, property: age, operator: lt, value: "19" }
      - { type: DATETIME_COMPARISON_TYPE, property: born, operator: lt, value: "2020-01-01" }
  - key: broken
    name: Broken
    match_type: ALL_MATCH_TYPE
    constraints: [{ type: NUMBER_COMPARISON_TYPE, property: age, operator: eq, value: old }]
`;

test("a constraint that is not true says why, and the closest miss names the properties to change", async (t) => {
  const { snapshot } = await buildOnce({ "default/features.yaml": FILE });
  const namespace = snapshot.namespaces.get("default");
  if (namespace === undefined) return t.fail(JSON.stringify(snapshot.quarantined));
  const context = { plan: "bets", age: "old", born: "yesterday" };
  const { result, steps, closest } = explain(namespace, "dark", "ada", context);
  t.like(result, { enabled: false, reason: "DEFAULT_EVALUATION_REASON" });
  t.deepEqual(
    steps.map(({ kind, rank, outcome }) => [kind, rank, outcome]),
    [
      ["flag", undefined, "match"],
      ["rollout", 1, "no-match"],
      ["rollout", 2, "no-match"],
      ["rollout", 3, "no-match"],
      ["default", undefined, "match"],
    ],
  );
  const tried = steps[1]?.segments?.[0]?.constraints ?? [];
  t.deepEqual(
    tried.map(({ property, seen, reason }) => [property, seen, reason]),
    [
      ["plan", "bets", "not in the list"],
      ["age", "old", "not a number"],
      ["age", "old", "not a number"],
      ["born", "yesterday", "not a date"],
    ],
  );
  t.deepEqual(closest, { change: { plan: "beta", age: "18", born: "2019-12-31T23:59:59Z" }, gives: "true" });
  const missing = explain(namespace, "dark", "ada", { plan: "beta", born: "2000-02-29" });
  t.deepEqual(missing.steps[1]?.segments?.[0]?.constraints[1], {
    type: "NUMBER_COMPARISON_TYPE",
    property: "age",
    operator: "gte",
    expected: "18",
    seen: null,
    match: false,
    reason: "missing",
  });
  t.deepEqual(missing.closest, { change: { age: "18" }, gives: "true" });
  t.like(steps[3], { reason: undefined, intervals: [{ from: 0, to: 13, value: "true" }] });
});

test("the closest miss changes as few properties as any, whichever rollout that is, and has to change the answer", async (t) => {
  const rollout = (key: string, value: boolean): string => `{ segment: { key: ${key}, value: ${value} } }`;
  const segment = (key: string, ...properties: readonly string[]): string =>
    `{ key: ${key}, name: S, match_type: ALL_MATCH_TYPE, constraints: [${properties
      .map((property) => `{ type: STRING_COMPARISON_TYPE, property: ${property}, operator: eq, value: "1" }`)
      .join(", ")}] }`;
  const file = `namespace: default
flags:
  - { key: f, name: F, type: BOOLEAN_FLAG_TYPE, rollouts: [${rollout("two", true)}, ${rollout("one", true)}] }
  - { key: g, name: G, type: BOOLEAN_FLAG_TYPE, rollouts: [${rollout("one", true)}, ${rollout("two", true)}, { threshold: { percentage: 100, value: true } }] }
segments: [${segment("two", "a", "b")}, ${segment("one", "c")}]
`;
  const { snapshot } = await buildOnce({ "default/features.yaml": file });
  const namespace = snapshot.namespaces.get("default");
  if (namespace === undefined) return t.fail(JSON.stringify(snapshot.quarantined));
  t.deepEqual(explain(namespace, "f", "ada", {}).closest, { change: { c: "1" }, gives: "true" });
  t.deepEqual(explain(namespace, "f", "ada", { a: "1" }).closest?.gives, "true");
  t.is(explain(namespace, "g", "ada", {}).closest, undefined, "it would give the same");
});

test("a rule shows the whole grid with the entity's bucket, and the segments that count for nothing", async (t) => {
  const { snapshot } = await buildOnce({ "default/features.yaml": FILE });
  const namespace = snapshot.namespaces.get("default");
  if (namespace === undefined) return t.fail(JSON.stringify(snapshot.quarantined));
  const { result, steps } = explain(namespace, "theme", "ada", { plan: "beta", age: "18", born: "2000-02-29" });
  t.true("variantKey" in result);
  const [, rule, last] = steps;
  t.deepEqual(rule?.ignored, ["broken"]);
  t.deepEqual(
    rule?.intervals?.map(({ from, to, value }) => [from, to, value]),
    [
      [0, 333, "blue"],
      [333, 1000, "red"],
    ],
  );
  t.is(rule?.intervals?.find(({ hit }) => hit)?.value, givenValue(result));
  t.like(last, { kind: "default", outcome: "skipped" });
});
