import test from "ava";
import { HourCounts, hourOf } from "../../../../daemon/dist/usage/hour-counts.js";
import { fixedReasons, metadataReasons, usageReasons } from "../../../../daemon/dist/usage/stale-flag.js";
import type { FlagUsage } from "../../../../daemon/dist/usage/usage-book.js";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2026-06-01T12:00:00Z");
const OWNED = { metadata: { owner: "team" } };

function usage(
  firstDaysAgo: number,
  lastDaysAgo: number | undefined,
  answers: Readonly<Record<string, number>>,
): FlagUsage {
  return {
    first: NOW - firstDaysAgo * DAY_MS,
    last: lastDaysAgo === undefined ? undefined : NOW - lastDaysAgo * DAY_MS,
    answers: Object.entries(answers).map(([value, daysAgo]) => {
      const counts = new HourCounts();
      counts.add(hourOf(NOW - daysAgo * DAY_MS), 5);
      return { value, reason: "MATCH_EVALUATION_REASON", counts };
    }),
  };
}

const of = (known: FlagUsage | undefined, metadata = {}, keptDays = 30) =>
  usageReasons({ metadata }, known, { now: NOW, oldest: NOW - keptDays * DAY_MS, days: 30 });

test("what nobody asked for in so many days is stale, unless it has not been counted for so long", (t) => {
  t.deepEqual(of(usage(40, undefined, {})), ["unevaluated"]);
  t.deepEqual(of(usage(40, 31, { true: 31 })), ["unevaluated"]);
  t.deepEqual(of(usage(29, undefined, {})), []);
  t.deepEqual(of(undefined), []);
});

test("one answer for so many days is stale, two are not; a flag that is there to stay never is", (t) => {
  t.deepEqual(of(usage(40, 1, { true: 1, false: 35 })), ["one-answer"]);
  t.deepEqual(of(usage(40, 1, { true: 1, false: 20 })), []);
  t.deepEqual(of(usage(20, 1, { true: 1 })), []);
  t.deepEqual(of(usage(40, 1, { true: 1 }), { permanent: true }), []);
});

test("nothing is said of answers in a time of which the counts are not kept any more", (t) => {
  t.deepEqual(of(usage(40, 1, { true: 1 }), {}, 7), []);
  t.deepEqual(of(usage(40, 31, { true: 31 }), {}, 7), ["unevaluated"], "when it was evaluated last is kept for longer");
});

test("whether there are counts in a time is told as their sum tells it, and of many by a look at one day", (t) => {
  const counts = new HourCounts();
  for (const hour of [23, 24, 100]) counts.add(hour, 1);
  for (let first = 0; first < 110; first += 1) {
    for (const last of [first, first + 1, first + 30])
      t.is(counts.hasAny(first, last), counts.sum(first, last) > 0, `${first} to ${last}`);
  }
  for (let hour = 0; hour < 720; hour += 1) counts.add(hour, 1);
  const { some } = Array.prototype;
  let looks = 0;
  Array.prototype.some = function (this: unknown[], ...call: Parameters<typeof some>) {
    looks += 1;
    return some.apply(this, call);
  } as typeof some;
  try {
    t.true(counts.hasAny(0, 719));
  } finally {
    Array.prototype.some = some;
  }
  t.is(looks, 1);
});

test("a flag expires at the end of its day, or at its time", (t) => {
  const at = (expires: unknown) => metadataReasons({ metadata: { ...OWNED.metadata, expires } as never }, NOW);
  t.deepEqual(at("2026-05-31"), ["expired"]);
  t.deepEqual(at("2026-06-01"), []);
  t.deepEqual(at("2026-06-01T11:59:59Z"), ["expired"]);
  t.deepEqual(at("2026-06-01T12:00:01Z"), []);
  for (const bad of ["soon", "2026-13-01", 20260101, null, {}]) t.deepEqual(at(bad), ["bad-expiry"], String(bad));
  t.deepEqual(metadataReasons({ metadata: undefined }, NOW), ["unowned"]);
  t.deepEqual(metadataReasons({ metadata: { owner: " " } }, NOW), ["unowned"]);
});

test("a flag that is written with one answer for all is fixed", (t) => {
  const boolean = (enabled: boolean, ...rollouts: readonly unknown[]) =>
    fixedReasons({ type: "BOOLEAN_FLAG_TYPE", enabled, rules: [], rollouts, metadata: undefined } as never);
  const threshold = (percentage: number, value: boolean) => ({ type: "threshold", percentage, value });
  t.deepEqual(boolean(true), ["fixed"]);
  t.deepEqual(boolean(false, threshold(100, true)), ["fixed"]);
  t.deepEqual(boolean(false, threshold(0, true)), ["fixed"]);
  t.deepEqual(boolean(false, threshold(50, true)), []);
  t.deepEqual(boolean(false, { type: "segment", value: true }, threshold(100, true)), ["fixed"]);
  t.deepEqual(boolean(true, { type: "segment", value: false }), []);
  const variant = (enabled: boolean, keys: readonly string[], fallback?: string) =>
    fixedReasons({
      type: "VARIANT_FLAG_TYPE",
      enabled,
      rollouts: [],
      rules: keys.length === 0 ? [] : [{ variants: keys.map((key) => ({ key })) }],
      defaultVariant: fallback === undefined ? undefined : { key: fallback },
      metadata: undefined,
    } as never);
  t.deepEqual(variant(false, ["a", "b"]), ["fixed"]);
  t.deepEqual(variant(true, []), ["fixed"]);
  t.deepEqual(variant(true, ["a"], "a"), ["fixed"]);
  t.deepEqual(variant(true, ["a"]), []);
  t.deepEqual(variant(true, ["a", "b"]), []);
});
