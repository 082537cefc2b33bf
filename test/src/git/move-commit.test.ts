import local from "@vexil/backend-local";
import { openRepository } from "@vexil/git/repository";
import test from "ava";
import fc from "fast-check";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { backendContext } from "../helpers/plugins/local-backend.js";
import { nativeGit, nativeGitBytes } from "../helpers/repositories/native-git.js";

const CASES = 60;
/** One is a directory in some states and a file in others; one is no UTF-8. */
const PATHS = ["a", "a/x", "a/y", "b/c/one", "b/c/two", "b/d", "f\xe9", "link"] as const;
const MODES = ["100644", "100755", "120000"] as const;

type State = ReadonlyMap<string, { readonly mode: string; readonly text: string }>;

const file = fc.record({ mode: fc.constantFrom(...MODES), text: fc.constantFrom("1", "2", "3") });
/** Path → what becomes of it; undefined deletes. */
const changes = fc.array(fc.tuple(fc.constantFrom(...PATHS), fc.option(file, { nil: undefined })), { maxLength: 3 });

function apply(
  state: State,
  change: readonly (readonly [string, State extends ReadonlyMap<string, infer F> ? F | undefined : never])[],
): State {
  const next = new Map(state);
  for (const [path, value] of change) {
    if (value === undefined) {
      next.delete(path);
      continue;
    }
    // A path is a file or a directory.
    for (const other of next.keys())
      if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) next.delete(other);
    next.set(path, value);
  }
  return next;
}

function commitOf(mark: number, state: State, parent: number | undefined, message: string): string {
  const who = "Grâce <g@example.com> 1577933045 +0530";
  const lines = [
    `commit refs/heads/c${mark}`,
    `mark :${mark}`,
    `author ${who}`,
    "committer Ada <ada@example.com> 1577933099 -0330",
    `data ${Buffer.byteLength(message)}`,
    message,
    ...(parent === undefined ? [] : [`from :${parent}`]),
    "deleteall",
  ];
  const files = [...state].flatMap(([path, { mode, text }]) => [
    `M ${mode} inline "${path.replace("\xe9", "\\351")}"`,
    `data ${text.length}`,
    text,
  ]);
  return [...lines, ...files, ""].join("\n");
}

async function bothChanged(path: string, mine: string, theirs: string): Promise<boolean> {
  const changed = async (commit: string): Promise<readonly string[]> =>
    (await nativeGit(["-C", path, "diff-tree", "-r", "--no-renames", "--name-only", `${commit}~1`, commit])).split(
      "\n",
    );
  const others = new Set(await changed(theirs));
  return (await changed(mine)).some((name) => others.has(name));
}

test("a commit is moved as native git merges trees, and is refused where that finds a conflict", async (t) => {
  t.timeout(120_000);
  const path = await temporaryDirectory(t);
  await nativeGit(["init", "-q", "--bare", path]);
  const samples = fc.sample(fc.tuple(changes, changes, changes), { numRuns: CASES, seed: 20_261_127 });
  const whole: State = new Map(
    PATHS.filter((name) => name !== "a").map((name) => [name, { mode: "100644", text: "0" }]),
  );
  const stream = samples.map(([before, mine, theirs], index) => {
    const base = apply(whole, before);
    const mark = index * 3 + 1;
    return [
      commitOf(mark, base, undefined, "base"),
      commitOf(mark + 1, apply(base, mine), mark, `mine ${index}\n\nbody  \n\n\n`),
      commitOf(mark + 2, apply(base, theirs), mark, "theirs"),
    ].join("");
  });
  await nativeGit(["-C", path, "fast-import", "--quiet"], { input: stream.join("") });
  const backend = await local.create({ path, watch: false }, backendContext());
  t.teardown(() => backend.close());
  const repository = openRepository(backend);
  const tips = await backend.refs.list("refs/heads/");
  let moved = 0;
  for (let index = 0; index < CASES; index += 1) {
    const [mine = "", theirs = ""] = [2, 3].map((offset) => tips.get(`refs/heads/c${index * 3 + offset}`));
    const merge = ["-C", path, "-c", "merge.renames=false", "merge-tree", "--write-tree", mine, theirs];
    const expected = await nativeGit(merge).catch(() => "conflict");
    const made = await repository.moveCommit(mine, theirs, "here");
    if (made === undefined) {
      // Git also merges a changed mode with changed content; here whoever changed the same file decides.
      if (expected !== "conflict") t.true(await bothChanged(path, mine, theirs), `case ${index}`);
      continue;
    }
    moved += 1;
    await backend.objects.write(made.objects);
    const before = (await nativeGitBytes(["-C", path, "cat-file", "commit", mine])).toString("latin1");
    const after = (await nativeGitBytes(["-C", path, "cat-file", "commit", made.oid])).toString("latin1");
    t.is(/^tree (\S+)/.exec(after)?.[1], expected, `case ${index}`);
    t.is(/\nparent (\S+)/.exec(after)?.[1], theirs);
    for (const part of [/\nauthor .*/, /\ncommitter .*/, /\n\n[\s\S]*$/])
      t.is(part.exec(after)?.[0], part.exec(before)?.[0]);
  }
  t.true(moved > CASES / 4 && moved < CASES, `${moved} moved`);
  await nativeGit(["-C", path, "fsck", "--strict"]);
});
