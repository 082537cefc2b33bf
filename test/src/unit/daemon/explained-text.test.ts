import test from "ava";
import { type AnsweredExplanation, explainedText } from "../../../../daemon/dist/client/explained-text.js";

const source = {
  file: "default/features.yaml",
  line: 18,
  column: 5,
  commit: "3f2a1c9d".repeat(5),
  author: "Grace\u001b[31m\nHopper",
  time: "2026-11-20T10:00:00.000Z",
};

const EXPLANATION: AnsweredExplanation = {
  evaluation: { enabled: false, reason: "DEFAULT_EVALUATION_REASON" },
  revision: "3f2a1c9d".repeat(5),
  at: { kind: "served" },
  steps: [
    { kind: "flag", outcome: "match", enabled: false, source },
    {
      kind: "rollout",
      rank: 1,
      outcome: "no-match",
      segmentOperator: "OR_SEGMENT_OPERATOR",
      source,
      segments: [
        {
          key: `testers\u202e${"x".repeat(300)}`,
          match: false,
          matchType: "ALL_MATCH_TYPE",
          source: { ...source, file: `${"very/".repeat(40)}features.yaml` },
          constraints: [
            {
              type: "STRING_COMPARISON_TYPE",
              property: `plan\u001b]0;owned\u0007${"p".repeat(500)}`,
              operator: "isoneof",
              expected: JSON.stringify(Array.from({ length: 50 }, (_, at) => `value-${at}`)),
              seen: "a\u009bb\nc",
              match: false,
              reason: "not in the list",
            },
            {
              type: "NUMBER_COMPARISON_TYPE",
              property: "age",
              operator: "gte",
              expected: "18",
              seen: "20",
              match: true,
            },
          ],
        },
      ],
    },
    {
      kind: "rollout",
      rank: 2,
      outcome: "no-match",
      bucket: 70,
      intervals: [{ from: 0, to: 13, value: "true" }],
      source,
    },
    { kind: "default", outcome: "match", value: "false", source },
  ],
  closest: { change: { plan: "value-1", [`age\u001b[2J${"a".repeat(90)}`]: "" }, gives: "true" },
};

test("the text of an explanation fits 80 columns, and no name in it gives a terminal orders", (t) => {
  const text = explainedText(EXPLANATION, false);
  for (const line of text.split("\n")) t.true([...line].length <= 80, line);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  t.notRegex(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  t.regex(text, /^false\n {2}reason default, at 3f2a1c9d\n/);
  t.true(text.includes('    + age gte "18", sees "20"\n'));
  t.true(text.includes("- rollout 2: no match, bucket 70 of 100 is not in 0..12\n"));
  t.true(text.includes("+ default: match, gives false\n"));
  const last = text.trimEnd().split("\n").slice(-4);
  t.deepEqual(last[0], "Closest miss:");
  t.deepEqual(last[3], "  would give true");
});

test("colours are for terminals, and are taken back at the end of each line", (t) => {
  const lines = explainedText(EXPLANATION, true).split("\n");
  for (const line of lines) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: orders to terminals
    const orders = line.match(/\u001b\[\d+m/g) ?? [];
    t.true(orders.length === 0 || (orders.length === 2 && line.endsWith("\u001b[0m")), JSON.stringify(line));
  }
  t.true(lines.some((line) => line.startsWith("\u001b[31m- rollout 1")));
  const short = explainedText({ ...EXPLANATION, closest: { change: { plan: "beta" }, gives: "true" } }, false);
  t.true(short.endsWith('\nClosest miss: plan = "beta" would give true\n'));
});
