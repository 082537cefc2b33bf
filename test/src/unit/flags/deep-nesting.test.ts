import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { findDeepNesting } from "@vexil/flags/read/find-deep-nesting";
import { parseFeatures } from "@vexil/flags/read/parse";
import test from "ava";
import fc from "fast-check";
import { dump } from "js-yaml";
import { stringify } from "yaml";

const LIMIT = 64;
const staircase = (line: string, levels: number): string =>
  Array.from({ length: levels }, (_, level) => " ".repeat(level) + line).join("\n");

/** Each with the offset at which its 65th level begins, where that is plain to see. */
const DEEP: Readonly<Record<string, { readonly text: string; readonly at?: number; readonly json?: true }>> = {
  "lists in brackets": { text: "[".repeat(2_400), at: 64 },
  'lists with a quoted bracket in each, `["["`': { text: '["["'.repeat(2_400), at: 256 },
  maps: { text: "{a: ".repeat(500), at: 256 },
  "a list in a map in a list": { text: "[{".repeat(100), at: 64 },
  "brackets behind closed ones": { text: `${"[a], ".repeat(300)}`.replace(/^/, "[") + "[".repeat(200) },
  "brackets below a comment with a quote": { text: `# it's\n${"[".repeat(100)}`, at: 71 },
  "brackets below a plain scalar with a quote": { text: `a: it's "so"\nb: ${"[".repeat(100)}` },
  "brackets below a quoted scalar with brackets": { text: `a: "]\\"]"\nb: ']'']'\nc: ${"[".repeat(100)}` },
  "brackets below a block scalar": { text: `a: |\n  "\nb: ${"[".repeat(100)}` },
  "brackets with a quote within a word": { text: `[it's, ${"[it's, ".repeat(100)}` },
  "dashes on a line": { text: "- ".repeat(100), at: 128 },
  "question marks on a line": { text: "? ".repeat(100), at: 128 },
  "colons on a line": { text: ": ".repeat(100), at: 128 },
  "keys on a line": { text: "a: ".repeat(70_000), at: 192 },
  "maps by indentation": { text: staircase("a:", 100) },
  "maps by indentation with tabs behind": { text: staircase("a:\t", 100) },
  "lists by indentation": { text: staircase("-", 100) },
  "lists by indentation, CR only": { text: staircase("- a:", 100).replaceAll("\n", "\r") },
  "quoted keys by indentation": { text: staircase('"a":', 100) },
  "keys with anchors and tags": { text: staircase("&a !!map k: &b", 100) },
  "a second document": { text: `a: b\n--- # "\n${"- ".repeat(100)}` },
  "JSON lists": { text: "[".repeat(100_000), at: 64, json: true },
  "JSON maps with brackets in texts": { text: '{"]}\\"": '.repeat(100), json: true },
};

test("what is nested deeper than the limit is found before any reader sees it, in every notation", (t) => {
  for (const [title, { text, at, json }] of Object.entries(DEEP)) {
    const found = findDeepNesting(text, LIMIT, json === true);
    t.not(found, undefined, title);
    if (at !== undefined) t.is(found, at, title);
  }
});

test("a file nested too deep is refused with line and column", (t) => {
  const text = `namespace: bad\nflags: ${"- ".repeat(100)}\n`;
  const [fault] = parseFeatures("a/features.yaml", Buffer.from(text), DEFAULT_FEATURE_LIMITS).faults;
  t.deepEqual([fault?.line, fault?.column, fault?.reason], [2, 7 + 2 * 63 + 1, "nested deeper than 64 levels"]);
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
  for (const text of texts) t.is(findDeepNesting(text, LIMIT, false), undefined, JSON.stringify(text.slice(0, 80)));
  t.is(findDeepNesting(JSON.stringify({ a: `"${brackets}\\` }), LIMIT, true), undefined);
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

test("nesting is never taken for deeper than it is, and in brackets for exactly that", (t) => {
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
        const found = findDeepNesting(text, depth, text === json);
        if (found !== undefined) throw new Error(`found ${depth + 1} levels at ${found} in\n${text}`);
      }
      if (depth === 0) return;
      if (findDeepNesting(json, depth - 1, true) === undefined) throw new Error(`not found in ${json}`);
      if (findDeepNesting(flow, depth - 1, false) === undefined) throw new Error(`not found in ${flow}`);
      for (const text of block) {
        if (depth > 2 && findDeepNesting(text, Math.floor(depth / 2) - 1, false) === undefined)
          throw new Error(`not found in\n${text}`);
      }
    }),
    { numRuns: 1_000, includeErrorInReport: true },
  );
  t.pass();
});

test("looking for deep nesting takes time in proportion to the text", (t) => {
  const units = [
    "a: ",
    '"',
    "'",
    "[a, ",
    "{",
    "- ",
    "? ",
    "\n",
    " ",
    "a",
    "# ",
    "a: |\n",
    "[]",
    "]",
    "&a ",
    "\r",
    "a:\n",
  ];
  for (const unit of units) {
    const text = unit.repeat(2_000_000 / unit.length);
    const before = process.cpuUsage();
    findDeepNesting(text, Number.POSITIVE_INFINITY, false);
    // Processor time, as the machine may be busy: some milliseconds, where what is not linear takes minutes.
    t.true(process.cpuUsage(before).user < 1_500_000, JSON.stringify(unit));
  }
});
