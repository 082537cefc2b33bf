import { DefaultLogger } from "@openfeature/core";
import { FlagdCore } from "@openfeature/flagd-core";
import type { Constraint, Flag, Segment } from "@vexil/flags/read/document";
import test from "ava";
import fc from "fast-check";
import { Report } from "../../../../daemon/dist/migrate/model/report.js";
import { flagdDefinition } from "../../../../daemon/dist/migrate/to/flagd.js";
import { AGES, asTexts, COUNTRIES, contexts, EMAILS, IDS } from "../../helpers/migrate/contexts.js";
import { imported } from "../../helpers/migrate/imported.js";
import { randomSeed } from "../../helpers/migrate/same-meaning.js";

const one = (type: Constraint["type"], property: string, operators: readonly string[], values: fc.Arbitrary<string>) =>
  fc.record({
    type: fc.constant(type),
    property: fc.constant(property),
    operator: fc.constantFrom(...operators),
    value: values,
    description: fc.constant(""),
  });
const none = fc.constant("");
const lists = (values: readonly unknown[]) =>
  fc.subarray([...values], { minLength: 1 }).map((list) => JSON.stringify(list));
const constraint: fc.Arbitrary<Constraint> = fc.oneof(
  one("STRING_COMPARISON_TYPE", "country", ["eq", "neq"], fc.constantFrom(...COUNTRIES)),
  one("STRING_COMPARISON_TYPE", "country", ["isoneof", "isnotoneof"], lists(COUNTRIES)),
  one(
    "STRING_COMPARISON_TYPE",
    "email",
    ["prefix", "suffix", "contains", "notcontains"],
    fc.constantFrom("ada", "org", ...EMAILS),
  ),
  one("STRING_COMPARISON_TYPE", "email", ["empty", "notempty"], none),
  one("ENTITY_ID_COMPARISON_TYPE", "entityId", ["eq", "neq"], fc.constantFrom(...IDS)),
  one("ENTITY_ID_COMPARISON_TYPE", "entityId", ["isoneof", "isnotoneof"], lists(IDS)),
  one("NUMBER_COMPARISON_TYPE", "age", ["eq", "neq", "lt", "lte", "gt", "gte"], fc.constantFrom(...AGES.map(String))),
  one("NUMBER_COMPARISON_TYPE", "age", ["isoneof", "isnotoneof"], lists(AGES)),
  one("NUMBER_COMPARISON_TYPE", "age", ["present", "notpresent"], none),
  one("BOOLEAN_COMPARISON_TYPE", "beta", ["true", "false", "present", "notpresent"], none),
);
const KEYS = ["s1", "s2", "s3"];
const segments = fc.tuple(
  ...KEYS.map((key) =>
    fc.record<Segment>({
      key: fc.constant(key),
      name: fc.constant(key),
      description: fc.constant(""),
      matchType: fc.constantFrom("ALL_MATCH_TYPE", "ANY_MATCH_TYPE"),
      constraints: fc.array(constraint, { maxLength: 3 }),
    }),
  ),
);
const reference = fc.record({
  segments: fc.subarray(KEYS, { minLength: 1 }),
  segmentOperator: fc.constantFrom("OR_SEGMENT_OPERATOR" as const, "AND_SEGMENT_OPERATOR" as const),
});
const HEAD = { name: "F", description: "", variants: [], rules: [], rollouts: [] };
/** Flags whose parts are whole, or cut users, too. */
const flags = (percentages: readonly number[]): fc.Arbitrary<Flag> => {
  const percentage = fc.constantFrom(...percentages);
  const segment = fc
    .tuple(reference, fc.boolean())
    .map(([own, value]) => ({ description: "", segment: { ...own, value } }));
  const threshold = percentage.map((percent) => ({ description: "", threshold: { percentage: percent, value: true } }));
  const distributions = fc.tuple(percentage, percentage).map(([first, second]) => [
    { variant: "a", rollout: first },
    { variant: "b", rollout: first === 100 ? 0 : second },
  ]);
  return fc
    .oneof(
      fc.record({
        key: fc.constant(""),
        type: fc.constant("BOOLEAN_FLAG_TYPE" as const),
        enabled: fc.boolean(),
        rollouts: fc.array(fc.oneof(segment, threshold), { maxLength: 3 }),
      }),
      fc.record({
        key: fc.constant(""),
        type: fc.constant("VARIANT_FLAG_TYPE" as const),
        enabled: fc.constant(true),
        variants: fc.constantFrom(undefined, { size: 1 }).map((attachment) =>
          ["a", "b", "c"].map((key) => ({
            key,
            name: "",
            description: "",
            ...(attachment === undefined ? {} : { attachment: { ...attachment, key } }),
            default: key === "c",
          })),
        ),
        rules: fc.array(
          fc.tuple(reference, distributions).map(([own, shares]) => ({ ...own, distributions: shares })),
          { maxLength: 3 },
        ),
      }),
    )
    .map((flag): Flag => ({ ...HEAD, ...flag }));
};

function drawn(seed: number, count: number, percentages: readonly number[]) {
  const list = fc
    .sample(flags(percentages), { numRuns: count, seed })
    .map((flag, index) => ({ ...flag, key: `flag-${index}` }));
  const [own] = fc.sample(segments, { numRuns: 1, seed });
  return { key: "default", flags: list, segments: own ?? [] };
}

/** The same as an import of itself: a features file is an export of the compatible system. */
async function served(namespace: ReturnType<typeof drawn>) {
  const document = (await import("../../../../daemon/dist/migrate/to/features-yaml.js")).featuresDocument(namespace);
  return imported("flipt-v1", [document]);
}

test("what is exported to flagd answers there as it does here", async (t) => {
  const seed = randomSeed();
  const namespace = drawn(seed, 60, [0, 100]);
  const report = new Report();
  const definition = flagdDefinition(namespace, report);
  t.deepEqual(report.notices, []);
  const core = new FlagdCore(undefined, new DefaultLogger());
  core.setConfigurations(JSON.stringify(definition));
  const logger = new DefaultLogger();
  const ours = await served(namespace);
  for (const { key, type, variants } of namespace.flags) {
    for (const { id, ...properties } of fc.sample(contexts, { numRuns: 40, seed })) {
      const context = { targetingKey: id, ...properties };
      const theirs =
        type === "BOOLEAN_FLAG_TYPE"
          ? core.resolveBooleanEvaluation(key, false, context, logger).value
          : variants[0]?.attachment === undefined
            ? core.resolveStringEvaluation(key, "", context, logger).value
            : core.resolveObjectEvaluation(key, {}, context, logger).value;
      const answer = ours.answer(key, id, asTexts({ id, ...properties }));
      t.deepEqual(
        answer,
        theirs,
        JSON.stringify({
          seed,
          key,
          context,
          flag: namespace.flags.find((flag) => flag.key === key),
          segments: namespace.segments,
        }),
      );
    }
  }
});

test("what comes back from flagd is what went there, parts of users included", async (t) => {
  const seed = randomSeed();
  const namespace = drawn(seed, 60, [0, 12.5, 25, 60, 100]);
  const definition = JSON.parse(JSON.stringify(flagdDefinition(namespace, new Report())));
  const before = await served(namespace);
  const after = await imported("flagd", [definition]);
  let kept = 0;
  for (const { key } of namespace.flags) {
    if (after.isLost(`${key} `)) continue;
    kept += 1;
    for (const [index, { id, ...properties }] of fc.sample(contexts, { numRuns: 40, seed }).entries()) {
      const entity = index % 2 === 0 ? id : `entity-${index}`;
      const context = asTexts({ id, ...properties });
      t.deepEqual(
        after.answer(key, entity, context),
        before.answer(key, entity, context),
        JSON.stringify({ seed, key, entity, context }),
      );
    }
  }
  t.true(kept > namespace.flags.length / 2, `${kept} came back (seed ${seed})`);
});

test("what flagd cannot say is told, and the flag gives what it gives without it", (t) => {
  const time = {
    type: "DATETIME_COMPARISON_TYPE" as const,
    property: "born",
    operator: "lt",
    value: "2020-01-01",
    description: "",
  };
  const segment: Segment = {
    key: "old",
    name: "Old",
    description: "",
    matchType: "ALL_MATCH_TYPE",
    constraints: [time],
  };
  const rollout = {
    description: "",
    segment: { segments: ["old"], segmentOperator: "OR_SEGMENT_OPERATOR" as const, value: true },
  };
  const flag: Flag = { key: "till", type: "BOOLEAN_FLAG_TYPE", enabled: true, ...HEAD, rollouts: [rollout] };
  const report = new Report();
  const definition = flagdDefinition({ key: "shop", flags: [flag], segments: [segment] }, report) as {
    readonly flags: Readonly<Record<string, unknown>>;
  };
  t.deepEqual(definition.flags.till, {
    state: "ENABLED",
    variants: { true: true, false: false },
    defaultVariant: "false",
  });
  t.deepEqual(
    report.notices.map(({ kind, why }) => [kind, why]),
    [["lost", "the segment old has a comparison of times"]],
  );
});

test("a segment may have any key that keys may have", (t) => {
  const head = { key: "__proto__", name: "P", description: "", matchType: "ALL_MATCH_TYPE" } as const;
  const definition = flagdDefinition({ key: "a", flags: [], segments: [{ ...head, constraints: [] }] }, new Report());
  t.regex(JSON.stringify(definition), /"\$evaluators":\{"__proto__":\{"==":\[1,1\]\}\}/);
});
