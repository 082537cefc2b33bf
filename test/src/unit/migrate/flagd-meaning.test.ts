import { DefaultLogger } from "@openfeature/core";
import { FlagdCore } from "@openfeature/flagd-core";
import test from "ava";
import fc from "fast-check";
import { AGES, COUNTRIES, EMAILS, IDS } from "../../helpers/migrate/contexts.js";
import { imported } from "../../helpers/migrate/imported.js";
import { randomSeed, requireSameMeaning } from "../../helpers/migrate/same-meaning.js";

const property = (name: string) => ({ var: name });
const comparison: fc.Arbitrary<unknown> = fc.oneof(
  fc.tuple(fc.constantFrom("==", "===", "!=", "!=="), fc.constantFrom(...COUNTRIES)).map(([operator, value]) => ({
    [operator]: [property("country"), value],
  })),
  fc.subarray([...COUNTRIES], { minLength: 1 }).map((list) => ({ in: [property("country"), list] })),
  fc.constantFrom("example", "@", ".org").map((text) => ({ in: [text, property("email")] })),
  fc.constantFrom(...EMAILS).map((text) => ({ starts_with: [property("email"), text.slice(0, 2)] })),
  fc.constantFrom(...EMAILS).map((text) => ({ ends_with: [property("email"), text.slice(-4)] })),
  fc
    .tuple(fc.constantFrom("<", "<=", ">", ">=", "===", "!=="), fc.constantFrom(...AGES), fc.boolean())
    .map(([operator, value, isFlipped]) => ({
      [operator]: isFlipped ? [value, property("age")] : [property("age"), value],
    })),
  fc
    .tuple(fc.constantFrom(...AGES), fc.constantFrom(...AGES))
    .map(([from, to]) => ({ "<=": [from, property("age"), to] })),
  fc.constantFrom(
    property("beta"),
    { "!": property("beta") },
    { "!!": [property("beta")] },
    { "===": [property("beta"), true] },
  ),
  fc.constantFrom(...IDS).map((id) => ({ "==": [property("targetingKey"), id] })),
  fc.constant({ $ref: "adult" }),
);
const { condition } = fc.letrec<{ condition: unknown }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    comparison,
    fc.array(tie("condition"), { minLength: 1, maxLength: 3 }).map((of) => ({ and: of })),
    fc.array(tie("condition"), { minLength: 1, maxLength: 3 }).map((of) => ({ or: of })),
    tie("condition").map((of) => ({ "!": [of] })),
  ),
}));
const { targeting } = fc.letrec<{ targeting: unknown }>((tie) => ({
  targeting: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constantFrom("on", "off", null),
    fc.tuple(condition, tie("targeting"), tie("targeting")).map((of) => ({ if: of })),
    fc.tuple(condition, tie("targeting"), condition, tie("targeting")).map((of) => ({ if: of })),
  ),
}));
const VARIANTS = [
  { on: true, off: false },
  { on: "green", off: "grey" },
  { on: 5, off: 0.5 },
  { on: { size: 1 }, off: { size: 2 } },
];
const flag = fc
  .tuple(condition, targeting, targeting, fc.constantFrom(...VARIANTS), fc.constantFrom("on", "off"))
  .map(([first, yes, no, variants, defaultVariant]) => ({
    state: "ENABLED",
    variants,
    defaultVariant,
    targeting: { if: [first, yes, no] },
  }));

test("what is carried over of flagd answers as flagd does", async (t) => {
  const seed = randomSeed();
  const list = fc.sample(flag, { numRuns: 80, seed });
  const flags = Object.fromEntries(list.map((one, index) => [`flag-${index}-`, one]));
  const definition = { $evaluators: { adult: { ">=": [property("age"), 18] } }, flags };
  const core = new FlagdCore(undefined, new DefaultLogger());
  core.setConfigurations(JSON.stringify(definition));
  const carried = requireSameMeaning(
    {
      ours: await imported("flagd", [definition]),
      flags,
      theirs: (key, { id, ...properties }) =>
        answerOf(core, key, { targetingKey: id, ...properties }, flags[key]?.variants.on),
      heldAt: (key) => (typeof flags[key]?.variants.on === "boolean" ? false : undefined),
    },
    seed,
  );
  t.true(carried > list.length / 5, `${carried} of ${list.length} were carried over (seed ${seed})`);
  t.true(carried < list.length, `nothing was left out (seed ${seed})`);
});

function answerOf(
  core: FlagdCore,
  key: string,
  context: Record<string, string | number | boolean>,
  like: unknown,
): unknown {
  const logger = new DefaultLogger();
  if (typeof like === "boolean") return core.resolveBooleanEvaluation(key, false, context, logger).value;
  if (typeof like === "string") return core.resolveStringEvaluation(key, "", context, logger).value;
  if (typeof like === "number") return core.resolveNumberEvaluation(key, -1, context, logger).value;
  return core.resolveObjectEvaluation(key, {}, context, logger).value;
}
