import test from "ava";
import { imported } from "../../helpers/migrate/imported.js";

const BOOLEAN = { yes: true, no: false };

async function withQuery(query: string) {
  const flags = await imported("go-feature-flag", [
    { till: { variations: BOOLEAN, targeting: [{ query, variation: "yes" }], defaultRule: { variation: "no" } } },
  ]);
  return { ...flags, is: (context: Record<string, string>, id = "u1") => flags.answer("till", id, context) };
}

test("and and or of a query bind alike, from the left", async (t) => {
  const { is } = await withQuery('country eq "de" or country eq "fr" and beta eq true');
  t.false(is({ country: "de" }));
  t.true(is({ country: "de", beta: "true" }));
  const grouped = await withQuery('country eq "de" or (country eq "fr" and beta == true)');
  t.true(grouped.is({ country: "de" }));
});

test("ne is false where there is no property, and not of a comparison is true", async (t) => {
  const unequal = await withQuery('country ne "de"');
  t.deepEqual([unequal.is({}), unequal.is({ country: "fr" }), unequal.is({ country: "de" })], [false, true, false]);
  const negated = await withQuery('not (country eq "de")');
  t.deepEqual([negated.is({}), negated.is({ country: "fr" }), negated.is({ country: "de" })], [true, true, false]);
});

test("operators of queries are those of constraints", async (t) => {
  const cases: readonly (readonly [string, Record<string, string>, Record<string, string>])[] = [
    ['email sw "ada"', { email: "ada@x.org" }, { email: "bob@x.org" }],
    ['email ew ".org"', { email: "ada@x.org" }, { email: "ada@x.com" }],
    ['email co "@x."', { email: "ada@x.org" }, { email: "ada@y.org" }],
    ["age ge 18", { age: "18" }, { age: "17.5" }],
    ["age < 18", { age: "17" }, {}],
    ["age in [1, 2, 3]", { age: "2" }, { age: "4" }],
    ["beta pr", { beta: "false" }, {}],
    ["beta eq null", {}, { beta: "true" }],
    [
      '{"and": [{">=": [{"var": "age"}, 18]}, {"==": [{"var": "country"}, "de"]}]}',
      { age: "20", country: "de" },
      { age: "20" },
    ],
  ];
  for (const [query, yes, no] of cases) {
    const { is } = await withQuery(query);
    t.deepEqual([is(yes), is(no)], [true, false], query);
  }
  const entity = await withQuery('targetingKey in ["u1", "u2"]');
  t.deepEqual([entity.is({}, "u1"), entity.is({}, "u3")], [true, false]);
});

test("a flag whose query cannot be said is left off, and the report says so", async (t) => {
  for (const query of [
    "version gt 1.2.3",
    'user.country eq "de"',
    "not country",
    'country eq "de" and',
    "(((",
    'a matches "x"',
  ]) {
    const flags = await withQuery(query);
    t.false(flags.is({ version: "2.0.0", country: "de", a: "x" }), query);
    const [notice] = flags.notices;
    t.deepEqual([notice?.kind, notice?.where], ["lost", "till.targeting.0"], query);
  }
});

test("what changes by itself is carried over where it has come to its end, and told where not", async (t) => {
  const step = (date: string, variation: string, percentage: number) => ({ variation, percentage, date });
  const flag = (end: string, extra: object = {}) => ({
    variations: BOOLEAN,
    defaultRule: { progressiveRollout: { initial: step("2026-01-01T00:00:00Z", "no", 0), end: step(end, "yes", 100) } },
    ...extra,
  });
  const plain = { variations: BOOLEAN, defaultRule: { variation: "yes" } };
  const flags = await imported("go-feature-flag", [
    {
      done: flag("2026-02-01T00:00:00Z"),
      growing: flag("2027-02-01T00:00:00Z"),
      over: { ...plain, experimentation: { start: "2026-01-01T00:00:00Z", end: "2026-02-01T00:00:00Z" } },
      later: { ...plain, scheduledRollout: [{ date: "2027-01-01T00:00:00Z", disable: true }] },
      stepped: { ...plain, scheduledRollout: [{ date: "2026-01-01T00:00:00Z", disable: true }] },
      off: { ...plain, disable: true },
    },
  ]);
  const answers = ["done", "growing", "over", "later", "stepped", "off"].map((key) => flags.answer(key, "u1", {}));
  t.deepEqual(answers, [true, false, false, true, false, false]);
  t.deepEqual(
    flags.notices.map(({ kind, where }) => `${kind} ${where}`),
    [
      "lost growing.defaultRule",
      "lost later.scheduledRollout",
      "lost stepped.scheduledRollout",
      "changed over",
      "changed off",
    ],
  );
});
