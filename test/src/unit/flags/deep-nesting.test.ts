import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { parseFeatures } from "@vexil/flags/read/parse";
import test from "ava";
import fc from "fast-check";
import { dump } from "js-yaml";
import { stringify } from "yaml";

const LIMIT = DEFAULT_FEATURE_LIMITS.depth;

/** Where a file is refused as nested too deep: line and column; undefined where it is not. */
function deepPlace(text: string, json: boolean, depth = LIMIT): string | undefined {
  const path = json ? "a/features.json" : "a/features.yaml";
  const { faults } = parseFeatures(path, Buffer.from(text), { ...DEFAULT_FEATURE_LIMITS, depth });
  const fault = faults.find(({ reason }) => reason === `nested deeper than ${depth} levels`);
  return fault && `${fault.line}:${fault.column}`;
}

const staircase = (line: string, levels: number): string =>
  Array.from({ length: levels }, (_, level) => " ".repeat(level) + line).join("\n");

const DEEP: Readonly<Record<string, { readonly text: string; readonly json?: true }>> = {
  "lists in brackets": { text: "[".repeat(2_400) },
  'lists with a quoted bracket in each, `["["`': { text: '["["'.repeat(2_400) },
  maps: { text: "{a: ".repeat(500) },
  "a list in a map in a list": { text: "[{".repeat(100) },
  "brackets behind closed ones": { text: `${"[a], ".repeat(300)}`.replace(/^/, "[") + "[".repeat(200) },
  "brackets below a comment with a quote": { text: `# it's\n${"[".repeat(100)}` },
  "brackets below a plain scalar with a quote": { text: `a: it's "so"\nb: ${"[".repeat(100)}` },
  "brackets below a quoted scalar with brackets": { text: `a: "]\\"]"\nb: ']'']'\nc: ${"[".repeat(100)}` },
  "brackets below a block scalar": { text: `a: |\n  "\nb: ${"[".repeat(100)}` },
  "brackets with a quote within a word": { text: `[it's, ${"[it's, ".repeat(100)}` },
  "dashes on a line": { text: "- ".repeat(100) },
  "question marks on a line": { text: "? ".repeat(100) },
  "colons on a line": { text: ": ".repeat(100) },
  "keys on a line": { text: "a: ".repeat(70_000) },
  "maps by indentation": { text: staircase("a:", 100) },
  "maps by indentation with tabs behind": { text: staircase("a:\t", 100) },
  "lists by indentation": { text: staircase("-", 100) },
  "lists by indentation, CR only": { text: staircase("- a:", 100).replaceAll("\n", "\r") },
  "quoted keys by indentation": { text: staircase('"a":', 100) },
  "keys with anchors and tags": { text: staircase("&a !!map k: &b", 100) },
  "a second document": { text: `a: b\n--- # "\n${"- ".repeat(100)}` },
  "JSON lists": { text: "[".repeat(100_000), json: true },
  "JSON maps with brackets in texts": { text: '{"]}\\"": '.repeat(100), json: true },
};

test("what is nested deeper than the limit is refused for that, in every notation", (t) => {
  for (const [title, { text, json }] of Object.entries(DEEP)) t.truthy(deepPlace(text, json === true), title);
});

test("a file nested too deep is refused with line and column", (t) => {
  const text = `namespace: bad\nflags:\n${"- ".repeat(100)}\n`;
  const [fault] = parseFeatures("a/features.yaml", Buffer.from(text), DEFAULT_FEATURE_LIMITS).faults;
  t.deepEqual([fault?.line, fault?.column, fault?.reason], [3, 2 * 63 + 1, "nested deeper than 64 levels"]);
});

test("what only looks nested is not refused", (t) => {
  const brackets = "[{".repeat(100);
  const texts = [
    `a: "${brackets}"\n`,
    `a: '${brackets}'''\n`,
    `a: x${brackets}\n`,
    `a: b # ${brackets}\n`,
    `# ${"- ".repeat(100)}\na: 1\n`,
    `a: |\n  ${brackets}\n  ${"- ".repeat(100)}\nb: >-\n  ${"a: ".repeat(100)}\n`,
    `a: |2\n   ${"- ".repeat(100)}\n${" \n".repeat(100)}  ${"? ".repeat(100)}\n`,
    `- ${"- ".repeat(50)}a\n`.repeat(100),
    `${"a".repeat(5)}: words that go on\n${staircase("- still the same text", 100).replace(/^/gm, "  ")}\n`,
    `a: [${"[a, {b: c}], ".repeat(300)}]\n`,
    `a: "\n${staircase("- x:", 100).replace(/^/gm, "  ")}"\n`,
    `--- |\n${staircase("- x:", 100)}\n`,
    `a:\n${staircase("# b:", 100)}\n  c: d\n`,
    `${"---\na: [b]\n".repeat(300)}`,
  ];
  for (const text of texts) t.is(deepPlace(text, false), undefined, JSON.stringify(text.slice(0, 80)));
  t.is(deepPlace(JSON.stringify({ a: `"${brackets}\\` }), true), undefined);
});

const { node } = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.oneof(fc.string(), fc.constantFrom("it's", 'a "b', "- x", "[", "? {", "a: b", "x\n y\n", "#"), fc.integer()),
    fc.array(tie("node"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("it's", "[", "- a", "k")), tie("node"), { maxKeys: 3 }),
  ),
}));

const depthOf = (value: unknown): number =>
  typeof value !== "object" || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));

test("nesting is never taken for deeper than it is, and always for deep where it is", (t) => {
  let nested = 0;
  fc.assert(
    fc.property(node, fc.integer({ min: 1, max: 4 }), (value, indent) => {
      const depth = depthOf(value);
      const json = JSON.stringify(value);
      const flow = dump(value, { flowLevel: 0, noRefs: true });
      const block = [
        dump(value, { noRefs: true, indent }),
        stringify(value, { aliasDuplicateObjects: false, indent }),
        stringify(value, { aliasDuplicateObjects: false, defaultStringType: "BLOCK_LITERAL", indentSeq: false }),
      ];
      for (const text of [json, flow, ...block]) {
        // To js-yaml a scalar is a level, too, and so is one that may turn out to be a key.
        const found = deepPlace(text, text === json, depth + 2);
        if (found !== undefined) throw new Error(`found ${depth + 3} levels at ${found} in\n${text}`);
        if (depth > 1) nested += 1;
        if (depth > 1 && deepPlace(text, text === json, depth - 1) === undefined)
          throw new Error(`not found in\n${text}`);
      }
    }),
    { numRuns: 1_000, includeErrorInReport: true },
  );
  t.true(nested > 500, `${nested} texts were nested`);
});
