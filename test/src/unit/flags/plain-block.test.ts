import { isDeepStrictEqual } from "node:util";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { parseFeatures } from "@vexil/flags/read/parse";
import { readPlainBlock } from "@vexil/flags/read/read-plain-block";
import { readByEvents, readYaml } from "@vexil/flags/read/read-yaml";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { dump } from "js-yaml";
import { stringify } from "yaml";
import { featuresFile } from "../../bench/generated-flags.js";
import { exampleFiles } from "../../helpers/flags/published-files.js";

/** Texts that both readers read; many more by `VEXIL_PLAIN_FILES`. */
const FILES = Number(process.env.VEXIL_PLAIN_FILES ?? 8_000);
const SEED = Number(process.env.VEXIL_PLAIN_SEED ?? 1);

/** @returns whether the quick reader has read it; what it has read is what the whole one reads */
function agree(t: ExecutionContext, text: string): boolean {
  const plain = readPlainBlock(text, DEFAULT_FEATURE_LIMITS);
  if (plain === undefined) return false;
  const whole = readByEvents(text, DEFAULT_FEATURE_LIMITS);
  const [document] = ("documents" in whole ? whole.documents : undefined) ?? [];
  const isSame =
    !("fault" in whole) &&
    whole.documents.length === 1 &&
    isDeepStrictEqual(plain.value, document?.value) &&
    textOf(plain.value) === textOf(document?.value) &&
    isDeepStrictEqual(plain.spans, document?.spans?.()) &&
    !("fault" in readYaml(text, DEFAULT_FEATURE_LIMITS));
  if (!isSame) t.log({ text, plain, whole, value: document?.value, spans: document?.spans?.() });
  t.true(isSame);
  return true;
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));

const KEYS = [
  "key",
  "name",
  "flags",
  "segments",
  "a",
  "b-c",
  "d.e",
  "true",
  "null",
  "y",
  "1",
  "é",
  '"q"',
  "<<",
  "?",
  "constructor",
  "__proto__",
  "x y",
  "k:",
];
const VALUES = [
  ...[
    "",
    " ",
    "a",
    "a b",
    "a  b",
    "a,b",
    "a: b",
    "a:b",
    "a:",
    "a #b",
    "a#b",
    "#a",
    "- a",
    "-a",
    "-1",
    "- ",
    "-",
    "--",
    "---",
  ],
  ...[
    "true",
    "True",
    "tRue",
    "null",
    "~",
    "NULL",
    "yes",
    "1",
    "01",
    "0o7",
    "0x1F",
    "1_0",
    "1e3",
    ".5",
    "+.5",
    "-.inf",
    ".nan",
    "1:30",
  ],
  ...[
    "9223372036854775808",
    "12e999",
    "2024-01-02",
    "089",
    "+",
    ".",
    "...",
    "(x)",
    "/x/y",
    "http://a/b?c=d#e",
    "a'b",
    'a"b',
  ],
  ...[
    '"a"',
    '"a b" ',
    '"a\\nb"',
    '""',
    '"a',
    '"a"b"',
    "'a'",
    "'a''b'",
    "''",
    "'a",
    '"#"',
    '": "',
    "'- '",
    '"a" # c',
    "a # c",
  ],
  ...[
    "[]",
    "[a]",
    "[a, b]",
    "[a,b]",
    "[ a ]",
    "[a, ]",
    "[a,]",
    "[,]",
    '["a", 1]',
    "[1, true, null]",
    "[a b]",
    "[a: b]",
    "[[a]]",
    "[a",
    "[]x",
    "[] ",
  ],
  ...[
    "{}",
    "{a: b}",
    "{ }",
    "|",
    ">",
    "|\n  x",
    "&a",
    "*a",
    "!t",
    "@a",
    "`a",
    "%a",
    "é",
    "aé日",
    "a\u00a0",
    "a\u2028b",
    "a\tb",
    "a\u0085",
    "\ufeffa",
  ],
];
const value = fc.oneof(fc.constantFrom("a", "a b", "1", '"q"', "[a, b]", "true"), fc.constantFrom(...VALUES));
const indent = fc.constantFrom(0, 0, 0, 2, 2, 2, 4, 4, 1, 3);
const pairOf = (keys: fc.Arbitrary<string>) =>
  fc
    .tuple(keys, fc.constantFrom(": ", ": ", ": ", ":", ":  "), fc.oneof(value, fc.constant("")))
    .map((parts) => parts.join(""));
const pair = pairOf(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("key", "name", "flags", "segments", "a", "b-c") },
    fc.constantFrom(...KEYS),
  ),
);
const line = fc
  .tuple(
    indent,
    fc.oneof(
      { weight: 5, arbitrary: pair },
      { weight: 3, arbitrary: pair.map((text) => `- ${text}`) },
      { weight: 2, arbitrary: fc.constantFrom("a:", "flags:", "segments:", "key:", "name:") },
      value.map((text) => `- ${text}`),
      value,
      fc.constantFrom("", "# c", "---", "...", "%YAML 1.1", "- - a", "-   a: b", "-", "- # c", "\r", "? a"),
    ),
  )
  .map(([spaces, text]) => " ".repeat(spaces) + text);
const soup = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 7 }), fc.constantFrom("\n", "\n", "\n", "", "\n\n", "\r\n"))
  .map(([lines, end]) => lines.join("\n") + end);

test("what the reader of plain blocks reads is what the whole reader reads: lines of all kinds", (t) => {
  let read = 0;
  fc.assert(
    fc.property(soup, (text) => {
      if (agree(t, text)) read += 1;
    }),
    { numRuns: FILES, seed: SEED },
  );
  t.log(`${read} of ${FILES} were plain`);
  t.true(read > FILES / 100);
});

const leaf = fc.oneof(value, fc.string({ maxLength: 6 }), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("tree"), { maxKeys: 4 }),
  ),
}));
const written = fc.dictionary(fc.constantFrom("flags", "segments", "a", "version"), tree, { minKeys: 1, maxKeys: 4 });

test("what the reader of plain blocks reads is what the whole reader reads: values as tools write them", (t) => {
  let read = 0;
  fc.assert(
    fc.property(written, fc.boolean(), fc.boolean(), (root, isDumped, isIndented) => {
      const text = isDumped ? dump(root, { indent: isIndented ? 4 : 2 }) : stringify(root, { indentSeq: isIndented });
      if (agree(t, text)) read += 1;
    }),
    { numRuns: FILES / 4, seed: SEED },
  );
  t.log(`${read} of ${FILES / 4} were plain`);
  t.true(read > FILES / 40);
});

test("features files as they are written are plain, and one changed character is read as the whole reader does", (t) => {
  const text = featuresFile("team", 40);
  t.true(agree(t, text));
  t.true(agree(t, `---\n# flags of a team\n${text}`));
  for (const example of Object.values(exampleFiles())) agree(t, example);
  const character = fc.constantFrom(..." \n:-#\"'[]{}|>&*!%@`~?,ax1\t\r\u0000é");
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.nat(2), character, (at, gone, come) => {
      agree(t, text.slice(0, at) + come + text.slice(at + gone));
    }),
    { numRuns: FILES / 8, seed: SEED },
  );
});

test("a plain file with faults has them where the whole reader says they are", (t) => {
  const text = 'version: "1.6"\nflags:\n  - key: a\n    name: A\n    enabled: 1\n  - key: b\n    colour: red\n';
  t.truthy(readPlainBlock(text, DEFAULT_FEATURE_LIMITS));
  const places = (of: string): unknown =>
    parseFeatures("a/features.yaml", Buffer.from(of), DEFAULT_FEATURE_LIMITS).faults.map(({ line, column, reason }) => [
      line,
      column,
      reason,
    ]);
  // A block text takes the whole reader.
  const whole = text.replace("name: A", "name: |-\n      A");
  t.is(readPlainBlock(whole, DEFAULT_FEATURE_LIMITS), undefined);
  t.deepEqual(
    places(text),
    (places(whole) as [number, number, string][]).map(([at, column, reason]) => [at - 1, column, reason]),
  );
  t.is((places(text) as unknown[]).length, 3);
});
