import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { flattenFlow } from "@vexil/flags/read/flatten-flow";
import { readYaml } from "@vexil/flags/read/read-yaml";
import { readYamlAgain } from "@vexil/flags/read/read-yaml-again";
import type { SourceResult } from "@vexil/flags/read/source-document";
import { yamlFloat, yamlInteger } from "@vexil/flags/read/yaml-scalars";
import test from "ava";
import fc from "fast-check";
import { dump } from "js-yaml";
import { stringify } from "yaml";

const FAULT = { reason: "refused", offset: 0 };
const first = (text: string): SourceResult => readYaml(text, DEFAULT_FEATURE_LIMITS);
const second = (text: string): SourceResult => readYamlAgain(text, DEFAULT_FEATURE_LIMITS, FAULT);
const valuesOf = (result: SourceResult): unknown =>
  "fault" in result ? "refused" : result.documents.map(({ value }) => value);

// Scalars that readers of YAML 1.1 and 1.2 take for different things.
const TRICKY = [
  ...[
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "Yes",
    "true",
    "True",
    "TRUE",
    "tRue",
    "false",
    "null",
    "Null",
    "~",
    "nUll",
    "",
  ],
  ...[
    "0",
    "-0",
    "+1",
    "017",
    "0o17",
    "0b11",
    "0x1F",
    "-0x1f",
    "1_000",
    "_1",
    "08",
    "1e3",
    "1e",
    ".5",
    "5.",
    "-.5",
    "1.5e-3",
  ],
  ...["1:30", "12:30:45", ".inf", "-.INF", ".NaN", "inf", "nan", "1e400", "9007199254740993", "9223372036854775807"],
  ...[
    "9223372036854775808",
    "-9223372036854775809",
    "2024-01-02",
    "2024-01-02T03:04:05Z",
    "=",
    "<",
    "0x",
    "0b2",
    "0o8",
  ],
];

test("js-yaml and yaml read scalars alike, in every place", (t) => {
  for (const scalar of TRICKY) {
    for (const text of [`a: ${scalar}\n`, `- ${scalar}\n- x\n`, `{a: [${scalar === "" ? "~" : scalar}, x]}\n`]) {
      t.deepEqual(valuesOf(second(text)), valuesOf(first(text)), text);
    }
  }
});

test("numbers are what the format says", (t) => {
  const numbers: readonly [string, number | bigint | undefined][] = [
    ["0x10", 16],
    ["0o17", 15],
    ["017", 15],
    ["0b11", 3],
    ["1_000", 1000],
    ["1e3", 1000],
    [".5", 0.5],
    ["-5", -5],
    ["+0x1F", 31],
    ["9223372036854775807", 2 ** 63],
    ["9223372036854775808", 9223372036854775808n],
    ["-9223372036854775809", -9223372036854775809n],
    ["08", undefined],
    ["+089", undefined],
    ["09.5", 9.5],
    ["1:30", undefined],
    ["1e400", undefined],
    ["_1", undefined],
    ["0x", undefined],
    ["", undefined],
  ];
  for (const [text, value] of numbers) t.is(yamlInteger(text) ?? yamlFloat(text), value, text);
});

test("js-yaml and yaml read documents alike", (t) => {
  const texts = [
    "",
    "# only\n",
    "---\n",
    "---\n# c\n---\n",
    "a: 1\n---\nb: 2\n...\n---\n",
    "{}\n",
    "a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\nf: {<<: [*x, {g: 1}], b: 3}\n",
    "a: \"\\ud83d\\ude00\\t\\x41\"\nb: 'it''s'\n",
    "a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n  z\n",
    "a: x\n  y\nb: [x\n  y, z]\n",
    "a:\t1\nb: !!str 5\nc: !!int '5'\n",
    "? a\n: 1\n1: b\ntrue: c\n",
    "__proto__: 1\nb: {__proto__: {x: 1}, constructor: 2}\n",
    "\ufeffa: 1\r\nb: 2\r\n",
    "- - a\n  - b\n-\n  - c\n",
    "a: {b, c: , d: }\n",
  ];
  for (const text of texts) t.deepEqual(valuesOf(second(text)), valuesOf(first(text)), JSON.stringify(text));
});

test("what both refuse stays refused, with js-yaml's place", (t) => {
  for (const text of [
    "a: [",
    "a: 1\na: 2\n",
    "a: !x 1\n",
    "a: *x\n",
    "a: &x [*x]\n",
    "a: b: c\n",
    "%YAML 1.2\n---\na: 1\n",
  ]) {
    const result = first(text);
    t.true("fault" in result, text);
    t.true("fault" in second(text), text);
  }
});

const key = fc.oneof(fc.constantFrom(...TRICKY.filter((text) => text !== "")), fc.string({ maxLength: 6 }));
const value = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(...TRICKY),
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(key, tie("node"), { maxKeys: 4 }),
  ),
})).node;

test("both read alike what either writes, and what was written where texts are quoted", (t) => {
  const numbers = (_: string, item: unknown): unknown =>
    typeof item === "number" && (Object.is(item, -0) || Math.abs(item) >= 2 ** 53) ? 0 : item;
  let read = 0;
  fc.assert(
    fc.property(value, fc.boolean(), fc.boolean(), (raw, flow, byYaml) => {
      const wanted: unknown = JSON.parse(JSON.stringify(raw), numbers);
      const text = byYaml
        ? stringify(wanted, {
            collectionStyle: flow ? "flow" : "any",
            aliasDuplicateObjects: false,
            defaultStringType: "QUOTE_DOUBLE",
            defaultKeyType: "QUOTE_DOUBLE",
          })
        : dump(wanted, { flowLevel: flow ? 1 : -1, noRefs: true });
      const [one, two] = [JSON.stringify(valuesOf(first(text))), JSON.stringify(valuesOf(second(text)))];
      if (one !== '"refused"') read += 1;
      if (two !== one) throw new Error(`js-yaml read ${one}, yaml read ${two} from\n${text}`);
      if (byYaml && one !== JSON.stringify([wanted])) throw new Error(`both read ${one} from\n${text}`);
    }),
    { numRuns: 500, includeErrorInReport: true },
  );
  t.true(read > 250, `${read} of 500 were read`);
});

test("a text with its flow collections flattened means the same, at the same places", (t) => {
  let changed = 0;
  fc.assert(
    fc.property(value, (raw) => {
      const wanted: unknown = JSON.parse(JSON.stringify(raw ?? null));
      const text = JSON.stringify({ wanted }, undefined, "\t").replace(/^\t/gm, "");
      const flat = flattenFlow(text);
      if (flat !== text) changed += 1;
      if (flat.length !== text.length) throw new Error("the length changed");
      if (JSON.stringify(JSON.parse(flat)) !== JSON.stringify({ wanted })) throw new Error(flat);
      const read = valuesOf(first(`root: ${text}\n`));
      if (read === "refused") throw new Error(`refused: ${text}`);
    }),
    { numRuns: 300, includeErrorInReport: true },
  );
  t.true(changed > 50, `${changed} of 300 were flattened`);
});
