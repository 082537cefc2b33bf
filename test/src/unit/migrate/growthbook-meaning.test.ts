import { GrowthBookClient } from "@growthbook/growthbook";
import test from "ava";
import fc from "fast-check";
import { AGES, COUNTRIES, IDS } from "../../helpers/migrate/contexts.js";
import { imported } from "../../helpers/migrate/imported.js";
import { randomSeed, requireSameMeaning } from "../../helpers/migrate/same-meaning.js";

const single: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc.constantFrom(...COUNTRIES).map((country) => ({ country })),
  fc
    .tuple(fc.constantFrom("$eq", "$ne"), fc.constantFrom(...COUNTRIES))
    .map(([operator, value]) => ({ country: { [operator]: value } })),
  fc
    .tuple(fc.constantFrom("$in", "$nin"), fc.subarray([...COUNTRIES]))
    .map(([operator, values]) => ({ country: { [operator]: values } })),
  fc
    .tuple(fc.constantFrom("$lt", "$lte", "$gt", "$gte", "$eq", "$ne"), fc.constantFrom(...AGES))
    .map(([operator, value]) => ({ age: { [operator]: value } })),
  fc.constantFrom(...AGES).map((age) => ({ age })),
  fc.boolean().map((beta) => ({ beta })),
  fc.boolean().map((isThere) => ({ email: { $exists: isThere } })),
  fc.constantFrom(null).map((email) => ({ email })),
  fc.subarray([...IDS]).map((values) => ({ id: { $in: values } })),
  fc.constantFrom({ id: { $inGroup: "staff" } }, { id: { $notInGroup: "staff" } }, { country: { $inGroup: "none" } }),
  fc.constantFrom({ $savedGroup: { id: "adults" } }, { $savedGroup: { id: "abroad" } }),
  fc.constant({ country: { $regex: "^d" } }),
);
const { condition } = fc.letrec<{ condition: Record<string, unknown> }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    single,
    fc.tuple(single, single).map(([one, other]) => ({ ...one, ...other })),
    fc.array(tie("condition"), { maxLength: 3 }).map((of) => ({ $or: of })),
    fc.array(tie("condition"), { maxLength: 3 }).map((of) => ({ $and: of })),
    fc.array(tie("condition"), { maxLength: 2 }).map((of) => ({ $nor: of })),
    tie("condition").map((of) => ({ $not: of })),
  ),
}));
const SAVED_GROUPS = {
  staff: ["u1", "admin-1"],
  adults: { type: "condition", condition: { age: { $gte: 18 } } },
  abroad: { type: "list", attributeKey: "country", values: ["us", "fr"] },
};
const VALUES = [
  [true, false],
  ["green", "grey"],
  [5, 0.5],
  [{ size: 1 }, { size: 2 }],
] as const;
const feature = fc.constantFrom(...VALUES).chain((values) =>
  fc.record({
    defaultValue: fc.constantFrom<unknown>(...values),
    rules: fc.array(
      fc.oneof(
        fc.record({ condition, force: fc.constantFrom<unknown>(...values) }),
        fc.record({ condition, force: fc.constantFrom<unknown>(...values), coverage: fc.constantFrom(0, 1) }),
        fc.record({
          condition,
          variations: fc.constant(values),
          weights: fc.constantFrom([1, 0], [0, 1]),
          hashVersion: fc.constant(2),
        }),
      ),
      { maxLength: 3 },
    ),
  }),
);

test("what is carried over of GrowthBook answers as its SDK does", async (t) => {
  const seed = randomSeed();
  const list = fc.sample(feature, { numRuns: 120, seed });
  const features = Object.fromEntries(list.map((one, index) => [`flag-${index}-`, one]));
  const client = new GrowthBookClient().initSync({ payload: { features, savedGroups: SAVED_GROUPS } as never });
  const carried = requireSameMeaning(
    {
      ours: await imported("growthbook", [{ features, savedGroups: SAVED_GROUPS }]),
      flags: features,
      theirs: (key, attributes) => client.evalFeature(key, { attributes: { ...attributes } }).value as unknown,
      heldAt: (key) => features[key]?.defaultValue,
    },
    seed,
  );
  t.true(carried > list.length / 4, `${carried} of ${list.length} were carried over (seed ${seed})`);
  t.true(carried < list.length, `nothing was left out (seed ${seed})`);
});
