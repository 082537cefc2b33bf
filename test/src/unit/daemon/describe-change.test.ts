import test from "ava";
import { describeChange } from "../../../../daemon/dist/client/describe-change.js";

const rollout = (percentage: number, description: string) => ({
  type: "THRESHOLD_ROLLOUT_TYPE",
  description,
  threshold: { percentage, value: true },
});
const flag = (fields: object) => ({ "@type": "flipt.core.Flag", key: "banner", ...fields });
const lines = (before: object, after: object): readonly string[] =>
  describeChange({
    namespaceKey: "default",
    typeUrl: "flipt.core.Flag",
    key: "banner",
    before: flag(before),
    after: flag(after),
  });

test("history shows the part of a rollout that has changed", (t) => {
  const long = "for everybody in the first wave of this year's long rollout";
  t.deepEqual(
    lines(
      { enabled: false, rollouts: [rollout(10, long), rollout(50, long)] },
      { enabled: true, rollouts: [rollout(10, long), rollout(75, long)] },
    ),
    ["~ flag default/banner", "    enabled: false → true", "    rollouts[1].threshold.percentage: 50 → 75"],
  );
});

test("an item that is put in, or taken out, is no change of those after it", (t) => {
  const [a, b, c] = [rollout(1, "a"), rollout(2, "b"), rollout(3, "c")];
  const [, added] = lines({ rollouts: [a, c] }, { rollouts: [a, b, c] });
  t.regex(added ?? "", /^ {4}rollouts\[1\]: \(none\) → \{"type":"THRESHOLD_ROLLOUT_TYPE".*…$/);
  t.is(lines({ rollouts: [a, b, c] }, { rollouts: [b, c] }).length, 2);
});

test("items with keys are told apart by them, and their order counts", (t) => {
  const [x, y, z] = [
    { key: "x", name: "X" },
    { key: "y", name: "Y" },
    { key: "y", name: "Why" },
  ];
  t.deepEqual(lines({ variants: [x, y] }, { variants: [z, x] }), [
    "~ flag default/banner",
    '    variants.y.name: "Y" → "Why"',
    '    order of variants: ["x","y"] → ["y","x"]',
  ]);
});

test("of long texts the place is shown where they differ", (t) => {
  const text = "word ".repeat(40);
  const [, changed] = lines({ description: `${text}one${text}` }, { description: `${text}two${text}` });
  t.regex(changed ?? "", /^ {4}description: …(?:word ){4}oneword.*… → …(?:word ){4}twoword.*…$/);
});
