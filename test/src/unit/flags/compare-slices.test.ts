import { affectedFlag } from "@vexil/flags/compare/affected-flag";
import { Effort } from "@vexil/flags/compare/effort";
import type { AffectedFlag } from "@vexil/flags/compare/region";
import type { CompiledConstraint, CompiledFlag, CompiledSegment } from "@vexil/flags/evaluate/compiled-flag";
import test from "ava";

/** Looks at constraints, counted since the last turn of others. */
let looks = 0;
/** Looks that others had to wait for at most: 20 ms, about. */
const MOST_LOOKS = 100_000;

/** A constraint that counts how often it is asked. */
function counted(shape: Omit<CompiledConstraint, "operator">, operator: string): CompiledConstraint {
  const constraint = { ...shape, operator };
  return Object.defineProperty(constraint, "operator", {
    get: () => {
      looks += 1;
      return operator;
    },
  });
}

const text = (property: string, operator: string, value: string): CompiledConstraint =>
  counted({ type: "STRING", property, text: value, value: undefined }, operator);
const number = (property: string, operator: string, value: number): CompiledConstraint =>
  counted({ type: "NUMBER", property, text: String(value), value }, operator);

const segment = (key: string, constraints: readonly CompiledConstraint[], all = true): CompiledSegment => ({
  key,
  keys: [key],
  all,
  constraints,
});

const flag = (segments: readonly CompiledSegment[]): CompiledFlag => ({
  key: "f",
  type: "BOOLEAN_FLAG_TYPE",
  enabled: false,
  name: "F",
  description: "",
  metadata: undefined,
  defaultVariant: undefined,
  rules: [],
  rollouts: segments.map((one, index) => ({ type: "segment", segments: [one], and: false, value: index % 2 === 0 })),
});

const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Compares with a flag that has no rollouts. */
function compare(
  segments: readonly CompiledSegment[],
  effort = new Effort(),
): { readonly found: AffectedFlag; readonly longest: number } {
  const work = affectedFlag({ base: flag([]), head: flag(segments) }, { effort });
  let longest = 0;
  for (;;) {
    looks = 0;
    const step = work.next();
    longest = Math.max(longest, looks);
    if (step.done) return { found: step.value, longest };
  }
}

test("others have their turn between the outcomes of many constraints on one property", (t) => {
  const one = segment(
    "s",
    many(900, (index) => text("p", "eq", `v${index}`)),
    false,
  );
  const { found, longest } = compare([one]);
  t.like(found, { exact: true, share: 1 });
  t.true(longest < MOST_LOOKS, `${longest} looks in one go`);
});

test("long texts are compared with many numbers in slices", (t) => {
  const one = segment(
    "s",
    [
      ...many(5, (index) => text("p", "eq", `${index}${"7".repeat(100_000)}`)),
      ...many(100, (index) => number("p", "gt", index)),
    ],
    false,
  );
  const { found, longest } = compare([one]);
  t.true(found.exact);
  t.true(longest < MOST_LOOKS, `${longest} looks in one go`);
});

test("texts that would take gigabytes to combine are not made", (t) => {
  const infixes = many(12, (index) => text("p", "contains", `${index}${"ab".repeat(30_000)}`));
  t.like(compare([segment("s", infixes, false)]).found, { exact: false, regions: [], share: 1, least: 0 });
});

test("a flag with ten thousand rules has bounds instead of regions", (t) => {
  const rules = many(10_000, (index) => segment(`s${index}`, [text(`p${index}`, "eq", "x")]));
  t.like(compare(rules).found, { exact: false, regions: [], share: 1, least: 0 });
});

test("rules that ask one after the other are exact as long as they are some hundreds", (t) => {
  const rules = many(300, (index) => segment(`s${index}`, [text("p", "eq", `v${index}`)]));
  const { found } = compare(rules);
  t.true(found.exact);
  t.is(found.regions.length, 150);
});

test("once flags have spent together what they may, each has a little still", (t) => {
  const spent = new Effort(1_000);
  spent.spend(2_000);
  const rules = (count: number): readonly CompiledSegment[] =>
    many(count, (index) => segment(`s${index}`, [text(`p${index}`, "eq", "x")]));
  t.true(compare(rules(10), spent).found.exact);
  const large = rules(200);
  t.like(compare(large, spent).found, { exact: false, regions: [], share: 1, least: 0 });
  t.true(compare(large).found.exact, "alone it is not too much");
});
