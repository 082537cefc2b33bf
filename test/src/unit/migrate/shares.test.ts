import test, { type ExecutionContext } from "ava";
import { type ImportedFlags, imported } from "../../helpers/migrate/imported.js";

const ENTITIES = 2_000;

/** Percent of many entities that get a value. */
function share(flags: ImportedFlags, key: string, wanted: unknown, context: Readonly<Record<string, string>>): number {
  let count = 0;
  for (let index = 0; index < ENTITIES; index += 1) {
    if (JSON.stringify(flags.answer(key, `entity-${index}`, context)) === JSON.stringify(wanted)) count += 1;
  }
  return (count / ENTITIES) * 100;
}

function near(t: ExecutionContext, found: number, wanted: number, what: string): void {
  if (wanted === 0 || wanted === 100) t.is(found, wanted, what);
  else t.true(Math.abs(found - wanted) < 4, `${what}: ${found} %, not ${wanted} %`);
}

test("a part of a segment gets a boolean flag, and nobody else does", async (t) => {
  const flags = await imported("go-feature-flag", [
    {
      till: {
        variations: { yes: true, no: false },
        targeting: [
          { query: 'country in ["de"]', percentage: { yes: 20, no: 80 } },
          { query: 'country in ["fr"]', variation: "yes" },
          { query: 'country in ["us"]', percentage: { yes: 60, no: 40 } },
        ],
        defaultRule: { percentage: { yes: 40, no: 60 } },
      },
    },
  ]);
  for (const [country, percent] of [
    ["de", 20],
    ["fr", 100],
    ["us", 60],
    ["at", 40],
  ] as const) {
    near(t, share(flags, "till", true, { country }), percent, country);
  }
  near(t, share(flags, "till", true, {}), 40, "without a country");
  t.deepEqual(
    flags.notices.map(({ kind, what }) => [kind, what]),
    [["changed", "percentages"]],
  );
});

test("strategies of one group give a feature to the larger part, those of several to both", async (t) => {
  const strategy = (rollout: string, groupId: string) => ({
    name: "flexibleRollout",
    parameters: { rollout, stickiness: "default", groupId },
  });
  const feature = (name: string, groups: readonly string[]) => ({
    name,
    enabled: true,
    strategies: [strategy("20", groups[0] ?? ""), strategy("50", groups[1] ?? "")],
  });
  const flags = await imported("unleash", [{ features: [feature("one", ["g", "g"]), feature("two", ["g", "h"])] }]);
  near(t, share(flags, "one", true, {}), 50, "one group");
  near(t, share(flags, "two", true, {}), 60, "two groups");
});

test("an experiment on a part of the users leaves the others their value", async (t) => {
  const rule = { condition: { country: "de" }, variations: ["a", "b"], weights: [0.25, 0.75], coverage: 0.4 };
  const flags = await imported("growthbook", [{ features: { theme: { defaultValue: "plain", rules: [rule] } } }]);
  near(t, share(flags, "theme", "a", { country: "de" }), 10, "a");
  near(t, share(flags, "theme", "b", { country: "de" }), 30, "b");
  near(t, share(flags, "theme", "plain", { country: "de" }), 60, "the others");
  near(t, share(flags, "theme", "plain", { country: "fr" }), 100, "whom it is not about");
});

test("a rollout of LaunchDarkly and a fractional of flagd keep their parts", async (t) => {
  const rollout = {
    variations: [
      { variation: 0, weight: 33_333 },
      { variation: 1, weight: 66_667 },
    ],
  };
  const state = { on: true, fallthrough: { rollout }, offVariation: 1, rules: [] };
  const variations = [{ value: "a" }, { value: "b" }];
  const theirs = { key: "theme", name: "Theme", variations, environments: { live: state } };
  const flags = await imported("launchdarkly", [{ items: [theirs] }]);
  near(t, share(flags, "theme", "a", {}), 33.3, "LaunchDarkly");
  const targeting = {
    fractional: [
      ["a", 1],
      ["b", 3],
    ],
  };
  const definition = { state: "ENABLED", variants: { a: "red", b: "blue" }, defaultVariant: "a", targeting };
  const own = await imported("flagd", [{ flags: { theme: definition } }]);
  near(t, share(own, "theme", "red", {}), 25, "flagd");
});

test("parts by something else than the entity's id are not carried over, but whole ones are", async (t) => {
  const rollout = (weight: number) => ({
    bucketBy: "company",
    variations: [
      { variation: 0, weight },
      { variation: 1, weight: 100_000 - weight },
    ],
  });
  const flag = (key: string, weight: number) => ({
    key,
    variations: [true, false],
    on: true,
    offVariation: 1,
    fallthrough: { rollout: rollout(weight) },
  });
  const flags = await imported("launchdarkly", [{ flags: { half: flag("half", 50_000), all: flag("all", 100_000) } }]);
  near(t, share(flags, "half", true, {}), 0, "half");
  near(t, share(flags, "all", true, {}), 100, "all");
  t.deepEqual(
    flags.notices.map(({ kind, where, done }) => [kind, where, done]),
    [["lost", "flags.half.fallthrough", "it was left out, and the flag was left off"]],
  );
});

test("variants of Unleash by something else than the entity's id, or with odd overrides, are left off", async (t) => {
  const variants = (stickiness: string, values: readonly string[] = []) =>
    ["red", "blue"].map((name) => ({
      name,
      weight: 500,
      stickiness,
      overrides: values.length === 0 ? [] : [{ contextName: "userId", values }],
    }));
  const all = [{ name: "default" }];
  const features = [
    { name: "mine", enabled: true, strategies: all, variants: variants("default") },
    { name: "session", enabled: true, strategies: all, variants: variants("sessionId") },
    { name: "bare", enabled: true, strategies: [], variants: variants("sessionId") },
    { name: "odd", enabled: true, strategies: [], variants: variants("default", [" "]) },
  ];
  const flags = await imported("unleash", [{ features }]);
  near(t, share(flags, "mine", "red", {}), 50, "by the entity's id");
  for (const key of ["session", "bare", "odd"]) {
    near(t, share(flags, key, "disabled", {}), 100, key);
    t.true(flags.isLost(key), key);
  }
});
