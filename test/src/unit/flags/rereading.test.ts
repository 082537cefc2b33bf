import { isDeepStrictEqual } from "node:util";
import type { FileParser, SourceFile } from "@vexil/flags/parse/file-parser";
import { RereadingParser } from "@vexil/flags/parse/rereading-parser";
import { DEFAULT_FEATURE_LIMITS, type ParsedFile } from "@vexil/flags/read/document";
import { parseFeatures } from "@vexil/flags/read/parse";
import test from "ava";
import fc from "fast-check";
import { blobId } from "../../helpers/flags/build-from-files.js";

/** Files that are changed and read again; many more by `VEXIL_REREAD_FILES`. */
const FILES = Number(process.env.VEXIL_REREAD_FILES ?? 150);
const SEED = Number(process.env.VEXIL_REREAD_SEED ?? 1);

const PATH = "a/features.yaml";

/** A parser that reads all of a file, and remembers which parts it was asked for. */
function wholeParser(): { readonly parser: FileParser; readonly parts: string[] } {
  const parts: string[] = [];
  const parse = async ({ path, bytes, limits, isPart }: SourceFile): Promise<ParsedFile> => {
    if (isPart) parts.push(Buffer.from(bytes).toString());
    return parseFeatures(path, bytes, limits, true);
  };
  return { parser: { parse } as unknown as FileParser, parts };
}

function fileOf(bytes: Uint8Array): SourceFile {
  return { path: PATH, oid: blobId(bytes), bytes, limits: DEFAULT_FEATURE_LIMITS, storage: "main" };
}

const GOOD_TEXTS = [
  "plain",
  "two words",
  '"quoted # text"',
  "'it''s'",
  "é日",
  "|\n      block\n\n      text",
  ">-\n      folded\n      text",
  "|+\n      kept\n\n",
  "plain\n      goes on",
  '"quoted\n      goes on"',
  "~ # none",
];
const ODD_TEXTS = ["12", "- x", "# none", "[", '"', "&a x", "*a", "!!str x", "|1\n   odd", "{", "'"];
const goodText = fc.constantFrom(...GOOD_TEXTS);
const text = fc.oneof({ weight: 3, arbitrary: goodText }, fc.constantFrom(...ODD_TEXTS));
const key = fc.constantFrom("a", "b", "c", "d-1", "e_2", "vexil");
const goodFlag = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(key, goodText).map(([name, value]) => `- key: ${name}\n  name: x\n  description: ${value}`),
  },
  fc
    .tuple(key, key)
    .map(([name, one]) => `- name: N\n  key: ${name}\n  rules:\n  - segment: ${one}\n    distributions: []`),
  key.map((name) => `- {key: ${name}, name: X, enabled: true}`),
  key.map((name) => `- key: ${name}\n  name: x\n  metadata:\n    a: [1,\n      2]\n  # said of it`),
);
const oddFlag = fc.oneof(
  text.map((value) => `- key: a\n  name: x\n  description: ${value}`),
  fc.constantFrom("-", "- a", "-\n  key: x\n  name: y", "- # c\n  key: x\n  name: y", "-  key: x\n   name: y"),
);
const segment = fc
  .tuple(key, goodText)
  .map(
    ([name, value]) =>
      `- key: ${name}\n  name: s\n  match_type: ALL_MATCH_TYPE\n  constraints:\n    - {type: STRING_COMPARISON_TYPE, property: p, operator: eq, value: a}\n  description: ${value}`,
  );
const indented = (lines: string, indent: number): string => lines.replaceAll(/^(?=.)/gm, " ".repeat(indent));
const list = (name: string, item: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.array(item, { minLength: 1, maxLength: 8 }), fc.constantFrom(0, 2, 2, 4))
    .map(([items, indent]) => `${name}:\n${indented(items.join("\n"), indent)}\n`);
const goodPart = fc.constantFrom("# c\n", "\n", "");
const part = fc.oneof(
  fc.constantFrom('version: "1.6"\n', 'version: "1.5"\n', "namespace: a\n", "namespace:\n  key: a\n", "# c\n", "\n"),
  fc.constantFrom("---\n", "...\n", "flags: []\n", "segments: {}\n", "%YAML 1.1\n", "other: 1\n"),
);
const file = fc
  .tuple(
    fc.constantFrom("", 'version: "1.6"\n', "namespace: a\n", "namespace:\n  key: a\n", "---\nversion: '1.5'\n"),
    list("flags", goodFlag),
    goodPart,
    fc.option(list("segments", segment)),
    fc.boolean(),
  )
  .map(([head, flags, middle, segments, isSwapped]) => {
    const lists = isSwapped ? [segments ?? "", middle, flags] : [flags, middle, segments ?? ""];
    return [head, ...lists].join("");
  });
/** A change of a text: items, lines or characters that go and come. */
const edit = fc.record({
  kind: fc.constantFrom("item", "item", "item", "name", "line", "characters"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  gone: fc.nat(2),
  items: fc.array(goodFlag, { maxLength: 2 }),
  segments: fc.array(segment, { maxLength: 2 }),
  odd: fc.oneof(oddFlag, part, text, fc.constantFrom("", " ", "\n", "\r", "\t", "- ", ": ", "#", '"', "x", "\u0000")),
  indent: fc.constantFrom(0, 2, 2, 4),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function edited(before: string, { kind, at, gone, items, segments, odd, indent }: Edit): string {
  if (kind === "characters") {
    const from = Math.floor(at * before.length);
    return before.slice(0, from) + odd + before.slice(from + gone);
  }
  const lines = before.split("\n");
  let from = Math.floor(at * lines.length);
  if (kind === "line") return [...lines.slice(0, from), indented(odd, indent), ...lines.slice(from + gone)].join("\n");
  if (kind === "name")
    return lines.map((line, index) => (index < from ? line : line.replace("name: x", "name: y"))).join("\n");
  const isItem = (line = ""): boolean => /^ *- *(?:key|name|\{key)/.test(line);
  while (from > 0 && !isItem(lines[from])) from -= 1;
  const margin = /^ */.exec(lines[from] ?? "")?.[0] ?? "";
  let to = from;
  for (let left = gone; left > 0; left -= 1) {
    to += 1;
    while (to < lines.length && lines[to]?.startsWith(`${margin} `)) to += 1;
  }
  const fresh =
    lines.slice(0, from).includes("segments:") === lines.slice(0, from).includes("flags:") ? segments : items;
  return [...lines.slice(0, from), ...fresh.map((item) => indented(item, margin.length)), ...lines.slice(to)].join(
    "\n",
  );
}

test("a file read again by what has changed in it is the file read as a whole, whatever it holds", async (t) => {
  let [readInParts, changes] = [0, 0];
  await fc.assert(
    fc.asyncProperty(file, fc.array(edit, { minLength: 1, maxLength: 6 }), async (original, edits) => {
      const { parser, parts } = wholeParser();
      const rereading = new RereadingParser(parser);
      let current = original;
      const held = [await rereading.parse(fileOf(Buffer.from(current)))];
      for (const one of edits) {
        const next = edited(current, one);
        const before = parts.length;
        const bytes = Buffer.from(next);
        const read = await rereading.parse(fileOf(bytes));
        const expected = parseFeatures(PATH, bytes, DEFAULT_FEATURE_LIMITS, true);
        const isSame = isDeepStrictEqual(plain(read), plain(expected));
        if (!isSame) t.log({ current, next, parts: parts.slice(before) });
        t.true(isSame);
        changes += 1;
        if (parts.length > before && read.faults.length === 0) readInParts += 1;
        held.push(read);
        // The next change is of something that can be read, mostly.
        if (read.faults.length === 0) current = next;
      }
    }),
    { numRuns: FILES, seed: SEED },
  );
  t.log(`${readInParts} of ${changes} changes were read in parts`);
  t.true(readInParts > changes / 20, `${readInParts} of ${changes}`);
});

function plain({ documents, faults, sha1, spans }: ParsedFile): unknown {
  return { documents, faults, sha1, spans };
}

test("of a large file with one changed flag only that flag is parsed, and all others are the same objects", async (t) => {
  const flagsOf = (count: number, name: string): string =>
    `version: "1.6"\nflags:\n${Array.from({ length: count }, (_, at) => `  - key: f${at}\n    name: ${at === 7 ? name : "F"}\n`).join("")}segments: []\n`;
  const { parser, parts } = wholeParser();
  const rereading = new RereadingParser(parser);
  const before = await rereading.parse(fileOf(Buffer.from(flagsOf(1_000, "F"))));
  const after = await rereading.parse(fileOf(Buffer.from(flagsOf(1_000, "Seventh"))));
  t.is(parts.length, 1);
  t.is(parts[0]?.match(/key: f/g)?.length, 1);
  const [old, fresh] = [before.documents[0]?.flags ?? [], after.documents[0]?.flags ?? []];
  t.is(fresh[7]?.name, "Seventh");
  t.deepEqual(
    fresh.flatMap((one, index) => (one === old[index] ? [] : [index])),
    [7],
  );
});

test("the text of a file is asked of where it came from, and where it is no more the whole file is read", async (t) => {
  const flagsOf = (name: string): Buffer =>
    Buffer.from(`flags:\n  - key: a\n    name: ${name}\n  - key: b\n    name: B\n`);
  for (const isThere of [true, false]) {
    const { parser, parts } = wholeParser();
    const rereading = new RereadingParser(parser);
    const before = flagsOf("A");
    let asked = 0;
    const again = async (): Promise<Buffer | undefined> => {
      asked += 1;
      return isThere ? before : undefined;
    };
    await rereading.parse({ ...fileOf(before), again });
    t.is(asked, 0);
    const after = flagsOf("Other");
    const read = await rereading.parse({ ...fileOf(after), again });
    t.is(asked, 1);
    t.is(parts.length, isThere ? 1 : 0);
    t.deepEqual(plain(read), plain(parseFeatures(PATH, after, DEFAULT_FEATURE_LIMITS, true)));
  }
});
