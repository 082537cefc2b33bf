import { type Comparison, compareNamespaces } from "@vexil/flags/compare/compare-namespaces";
import type { Region } from "@vexil/flags/compare/region";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { thresholdBucket, variantBucket } from "@vexil/flags/evaluate/bucket";
import test from "ava";
import { buildFrom } from "../../helpers/flags/build-from-files.js";

const builder = createSnapshotBuilder();
test.after(() => builder.close());

async function compare(base: string, head: string, all = false): Promise<Comparison> {
  const build = async (text: string) => {
    const { snapshot } = await buildFrom(builder, text === "" ? {} : { "default/features.yaml": text });
    if (snapshot.quarantined.length > 0) throw new Error(JSON.stringify(snapshot.quarantined));
    return snapshot.namespaces;
  };
  return compareNamespaces(await build(base), await build(head), { all });
}

/** Regions in short: who, buckets, what they got and what they get. */
function shown({ affected }: Comparison): readonly unknown[] {
  const value = (answer: Region["before"]): unknown =>
    answer === null ? null : "enabled" in answer ? answer.enabled : answer.variant;
  return affected.flatMap(({ regions }) =>
    regions.map(({ when, bucket, share, before, after }) => [when, ...bucket, share, value(before), value(after)]),
  );
}

const constraint = (property: string, operator: string, value = "", type = "STRING"): string =>
  `{ type: ${type}_COMPARISON_TYPE, property: ${property}, operator: ${operator}, value: ${value === "" ? '""' : value} }`;

const segment = (key: string, constraints: readonly string[], match = "ALL"): string =>
  `  - { key: ${key}, name: ${key}, match_type: ${match}_MATCH_TYPE, constraints: [${constraints.join(", ")}] }\n`;

const boolean = (enabled: boolean, rollouts: readonly string[]): string =>
  `  - { key: checkout, name: C, type: BOOLEAN_FLAG_TYPE, enabled: ${enabled}, rollouts: [${rollouts.join(", ")}] }\n`;

const threshold = (percentage: number, value = true): string =>
  `{ threshold: { percentage: ${percentage}, value: ${value} } }`;
const inSegment = (key: string, value = true): string => `{ segment: { key: ${key}, value: ${value} } }`;

const file = (flags: string, segments = ""): string =>
  `version: "1.5"\nflags:\n${flags}${segments === "" ? "" : `segments:\n${segments}`}`;

test("a larger threshold changes the answer of those buckets and of nobody else", async (t) => {
  const found = await compare(file(boolean(false, [threshold(20)])), file(boolean(false, [threshold(27)])));
  t.deepEqual(shown(found), [["everybody", 20, 27, 0.07, false, true]]);
  const [flag] = found.affected;
  t.like(flag, { namespace: "default", flag: "checkout", share: 0.07, least: 0.07, exact: true });
});

test("the items that differ are given as they were and as they are", async (t) => {
  const base = file(boolean(false, [inSegment("beta")]), segment("beta", [constraint("plan", "eq", "beta")]));
  const head = file(
    `${boolean(false, [inSegment("beta")])}  - { key: new, name: N, enabled: true }\n`,
    segment("beta", [constraint("plan", "eq", "pro")]),
  );
  const { changes } = await compare(base, head);
  t.deepEqual(
    changes.map(({ type, key, before, after }) => [type, key, before !== undefined, after !== undefined]),
    [
      ["flag", "new", false, true],
      ["segment", "beta", true, true],
    ],
  );
  const everything = await compare("", head);
  t.deepEqual(
    everything.changes.map(({ type, key, before }) => [type, key, before]),
    [
      ["namespace", "default", undefined],
      ["flag", "checkout", undefined],
      ["flag", "new", undefined],
      ["segment", "beta", undefined],
    ],
  );
  t.deepEqual(await compare(head, head), { changes: [], affected: [] });
});

test("a description that changes affects nobody", async (t) => {
  const base = file(boolean(false, [threshold(20)]));
  const { changes, affected } = await compare(base, base.replace("name: C", "name: C, description: later"));
  t.is(changes.length, 1);
  t.deepEqual(affected, []);
});

test("who is affected is said in as few words as tell it", async (t) => {
  const segments =
    segment("pro", [constraint("plan", "eq", "pro")]) +
    segment("beta", [constraint("plan", "eq", "beta")]) +
    segment("near", [constraint("country", "isoneof", '\'["de","at"]\'')]) +
    segment("adult", [constraint("age", "gte", '"18"', "NUMBER")]) +
    segment("teen", [constraint("age", "lt", '"20"', "NUMBER"), constraint("age", "gte", '"13"', "NUMBER")]);
  const base = boolean(false, [inSegment("pro"), inSegment("near")]);
  const beta = boolean(false, [inSegment("pro"), inSegment("near"), inSegment("beta")]);
  t.deepEqual(shown(await compare(file(base, segments), file(beta, segments))), [
    ["plan = beta and not country in [de, at]", 0, 100, 1, false, true],
  ]);
  const teen = boolean(false, [inSegment("adult", false), inSegment("teen")]);
  t.deepEqual(shown(await compare(file(boolean(false, []), segments), file(teen, segments))), [
    ["age >= 13 and not age >= 18", 0, 100, 1, false, true],
  ]);
});

test("values between two bounds are looked at, though nothing names one", async (t) => {
  const segments =
    segment("aged", [constraint("age", "gt", '"3"', "NUMBER"), constraint("age", "lt", '"7"', "NUMBER")]) +
    segment("born", [
      constraint("born", "gt", '"2024-01-02"', "DATETIME"),
      constraint("born", "lt", '"2024-01-04"', "DATETIME"),
    ]);
  const found = await compare(
    file(boolean(false, []), segments),
    file(boolean(false, [inSegment("aged"), inSegment("born")]), segments),
  );
  t.deepEqual(
    found.affected[0]?.regions.map(({ example }) => example?.context),
    [{ age: "5" }, { age: "~", born: "2024-01-03T00:00:00.000000000Z" }],
  );
});

test("what nobody is known to be in is not exact, named entities included", async (t) => {
  const segments = segment("odd", [
    constraint("plan", "gt", '"0"', "NUMBER"),
    constraint("plan", "lt", '"2"', "NUMBER"),
    constraint("plan", "suffix", "a"),
    constraint("entityId", "eq", "ada", "ENTITY_ID"),
  ]);
  const found = await compare(file(boolean(false, []), segments), file(boolean(false, [inSegment("odd")]), segments));
  const [flag] = found.affected;
  t.false(flag?.exact);
  t.deepEqual(
    flag?.regions.map(({ entities, example }) => [entities, example]),
    [[["ada"], undefined]],
  );
});

test("what contradicts itself is nobody's region", async (t) => {
  const segments =
    segment("old", [constraint("age", "gt", '"5"', "NUMBER")]) +
    segment("young", [constraint("age", "lt", '"3"', "NUMBER")]) +
    segment("never", [constraint("plan", "eq", "a"), constraint("plan", "eq", "b")]) +
    segment("mail", [constraint("mail", "prefix", "abc")]) +
    segment("nomail", [constraint("mail", "notcontains", "b")]);
  const both = `{ segment: { keys: [old, young], operator: AND_SEGMENT_OPERATOR, value: true } }`;
  const mails = `{ segment: { keys: [mail, nomail], operator: AND_SEGMENT_OPERATOR, value: true } }`;
  const found = await compare(
    file(boolean(false, []), segments),
    file(boolean(false, [both, inSegment("never"), mails]), segments),
  );
  t.is(found.changes.length, 1);
  t.deepEqual(found.affected, [], "nobody can be in any of them");
});

test("a segment that is defined anew shows both of its meanings", async (t) => {
  const flag = boolean(false, [inSegment("beta")]);
  const found = await compare(
    file(flag, segment("beta", [constraint("plan", "eq", "beta")])),
    file(flag, segment("beta", [constraint("plan", "eq", "pro")])),
  );
  t.deepEqual(shown(found), [
    ["plan = beta", 0, 100, 1, true, false],
    ["plan = pro", 0, 100, 1, false, true],
  ]);
  const [first, second] = found.affected[0]?.regions ?? [];
  t.deepEqual(first?.segmentsBefore, { beta: true });
  t.deepEqual(second?.segments, { beta: true });
  t.deepEqual(second?.example, { context: { plan: "pro" } });
});

test("named entities are counted by name, and are no share of everybody", async (t) => {
  const segments = segment("team", [constraint("entityId", "isoneof", '\'["ada","bob","eve"]\'', "ENTITY_ID")]);
  const found = await compare(
    file(boolean(false, []), segments),
    file(boolean(false, [threshold(0), inSegment("team")]), segments),
  );
  t.deepEqual(shown(found), [["entity in [ada, bob, eve]", 0, 100, 1, false, true]]);
  t.like(found.affected[0], { share: 0, least: 0, exact: true });
  // Each of them has a bucket of its own, below 50 or not.
  const half = await compare(
    file(boolean(false, [threshold(50)]), segments),
    file(boolean(false, [inSegment("team")]), segments),
  );
  const named = half.affected[0]?.regions.find(({ entities }) => entities !== undefined);
  const expected = ["ada", "bob", "eve"].filter((id) => thresholdBucket("checkout", id) >= 50);
  t.deepEqual(named?.entities, expected);
  t.is(named?.share, expected.length / 3);
});

test("a flag of another type is another for everybody, whatever bucket they have", async (t) => {
  const variants = "variants: [{ key: a, name: A }, { key: b, name: B }]";
  const rule = "{ segment: all, distributions: [{ variant: a, rollout: 30 }, { variant: b, rollout: 70 }] }";
  const variant = `  - { key: checkout, name: C, enabled: true, ${variants}, rules: [${rule}] }\n`;
  const all = segment("all", []);
  const found = await compare(file(boolean(false, [threshold(20)]), all), file(variant, all));
  t.like(found.affected[0], { share: 1, least: 1, exact: true });
  t.is(found.affected[0]?.regions.length, 4);
  t.is(Math.round(1e6 * (found.affected[0]?.regions.reduce((sum, { share }) => sum + share, 0) ?? 0)), 1e6);
  const id = "user-7";
  const region = found.affected[0]?.regions.find(({ bucket, bucketBefore }) => {
    const [own, before] = [variantBucket("checkout", id), thresholdBucket("checkout", id)];
    const [from, to] = bucketBefore?.bucket ?? [0, 0];
    return own >= bucket[0] && own < bucket[1] && before >= from && before < to;
  });
  t.deepEqual(region?.before, { enabled: thresholdBucket("checkout", id) < 20 });
});

test("where combinations explode there are bounds instead of regions", async (t) => {
  const keys = Array.from({ length: 30 }, (_, index) => `s${index}`);
  const segments = keys.map((key) => segment(key, [constraint(`p${key}`, "eq", "x")])).join("");
  // Which of two segments decides differs with each of the others: no order makes that few.
  const pairs = (offset: number): string[] =>
    keys.slice(0, 15).map((key, index) => {
      const other = keys[15 + ((index + offset) % 15)];
      return `{ segment: { keys: [${key}, ${other}], operator: AND_SEGMENT_OPERATOR, value: ${index % 2 === 0} } }`;
    });
  const found = await compare(
    file(boolean(false, [threshold(10), ...pairs(0)]), segments),
    file(boolean(false, [threshold(10), ...pairs(7)]), segments),
  );
  t.like(found.affected[0], { exact: false, share: 0.9, least: 0, regions: [] });
});
