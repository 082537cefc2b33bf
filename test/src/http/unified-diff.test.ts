import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { unifiedDiff } from "../../../daemon/dist/http/management/unified-diff.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";

interface Pair {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Has `git apply` make the changes of all pairs at once, each of a file of its own; what the files hold then. */
async function applied(t: Scope, pairs: Readonly<Record<string, Pair>>): Promise<Record<string, string | undefined>> {
  const directory = await temporaryDirectory(t);
  for (const [path, { before }] of Object.entries(pairs)) {
    if (before === undefined) continue;
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), before);
  }
  const patch = Object.entries(pairs).map(([path, { before, after }]) => unifiedDiff(path, before, after));
  await nativeGit(["apply", "--whitespace=nowarn", "-"], { cwd: directory, input: patch.join("") });
  const read = Object.keys(pairs).map(async (path) => {
    const text = await readFile(join(directory, path), "utf8").catch(() => undefined);
    return [path, text] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

const afterOf = (pairs: Readonly<Record<string, Pair>>) =>
  Object.fromEntries(Object.entries(pairs).map(([path, { after }]) => [path, after]));

const LINE = fc.constantFrom(
  "a",
  "b",
  "",
  " ",
  "--- x",
  "+++ y",
  "@@ -1 +1 @@",
  "\\ No newline",
  "\tü",
  "-",
  "\ufeff",
  "q\rr",
);
const END = fc.constantFrom("\n", "\n", "\n", "\r\n");
const TEXT = fc
  .tuple(
    fc.array(
      fc.tuple(LINE, END).map(([line, end]) => line + end),
      { maxLength: 30 },
    ),
    fc.option(LINE, { nil: "" }),
  )
  .map(([lines, last]) => lines.join("") + last);

test("git makes of a file what its diff says, whatever is in it", async (t) => {
  const samples = fc.sample(fc.tuple(TEXT, TEXT), 400).filter(([before, after]) => before !== after);
  t.true(samples.length > 300);
  const pairs = Object.fromEntries(
    samples.map(([before, after], index) => [`n${index}/features.yaml`, { before, after }]),
  );
  t.deepEqual(await applied(t, pairs), afterOf(pairs));
});

test("files come and go, under names that git quotes", async (t) => {
  const pairs: Readonly<Record<string, Pair>> = {
    "new/features.yaml": { before: undefined, after: "namespace: new\n" },
    "gone/features.yaml": { before: "namespace: gone\nflags: []", after: undefined },
    "empty/features.yaml": { before: undefined, after: "" },
    "a b/features.yaml": { before: "x\n", after: "y\n" },
    'q"uo\\te/features.yaml': { before: "x\n", after: "y\n" },
    "ünï\t日本/features.yaml": { before: undefined, after: "y\n" },
  };
  t.deepEqual(await applied(t, pairs), afterOf(pairs));
});

test("two texts that have little in common are told apart in bounded time, and the diff is as exact", async (t) => {
  const text = (word: string): string => Array.from({ length: 30_000 }, (_, index) => `${word} ${index}\n`).join("");
  const pairs = { "n/features.yaml": { before: `same\n${text("old")}end`, after: `same\n${text("new")}end` } };
  t.deepEqual(await applied(t, pairs), afterOf(pairs));
});
