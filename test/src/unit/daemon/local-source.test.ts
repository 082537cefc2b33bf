import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { evaluateBoolean } from "@vexil/flags/evaluate/boolean";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { type LocalSource, openLocal } from "../../../../daemon/dist/local/local-source.js";
import { temporaryDirectory } from "../../helpers/files/temporary-directory.js";
import { nativeGit } from "../../helpers/repositories/native-git.js";
import { type User, user, userAt } from "../../helpers/repositories/user.js";

const PATH = "default/features.yaml";
const flag = (enabled: boolean, more = ""): string =>
  `namespace: default\nflags:\n- {key: f, name: F, type: BOOLEAN_FLAG_TYPE, enabled: ${enabled}}\n${more}`;
const never = new AbortController().signal;

async function open(t: ExecutionContext, path: string): Promise<LocalSource> {
  const source = await openLocal(path);
  t.teardown(() => source.close());
  return source;
}

function answer(snapshot: Snapshot, namespace = "default"): boolean | undefined {
  const found = snapshot.namespaces.get(namespace)?.flags.get("f");
  return found === undefined ? undefined : evaluateBoolean(found, "ada", {}).enabled;
}

async function at(source: LocalSource, expression: string): Promise<boolean | undefined> {
  const { revision } = await source.past.resolve("default", expression, never);
  return answer(await source.past.snapshot("default", revision, never));
}

/** Everything in a directory, with when it was last changed. */
async function traces(path: string): Promise<readonly string[]> {
  const names = (await readdir(path, { recursive: true })).sort();
  return Promise.all(names.map(async (name) => `${name} ${(await stat(join(path, name))).mtimeMs}`));
}

async function history(t: ExecutionContext): Promise<{ readonly ada: User; readonly commits: readonly string[] }> {
  const ada = await user(t, { [PATH]: flag(false) });
  const commits = [await ada.head()];
  for (const content of [flag(true), flag(false, "# again\n"), flag(true, "# and on\n")]) {
    commits.push(await ada.commit({ [PATH]: content }));
  }
  return { ada, commits };
}

test("every way to name a commit finds it in a clone, and nothing is written there", async (t) => {
  const { ada, commits } = await history(t);
  await ada.git("tag", "light", "HEAD~1");
  await ada.git("tag", "-a", "-m", "noted", "heavy", "HEAD~2");
  await ada.git("branch", "other", "HEAD~3");
  const before = await traces(ada.path);
  const source = await open(t, ada.path);
  const named = async (expression: string): Promise<string> =>
    (await source.past.resolve("default", expression, never)).revision;
  const [one = "", two = "", three = "", four = ""] = commits;
  const cases: Readonly<Record<string, string>> = {
    HEAD: four,
    main: four,
    "main~3": one,
    "HEAD^": three,
    "heavy^": one,
    light: three,
    heavy: two,
    "refs/tags/heavy": two,
    other: one,
    [two]: two,
    [three.slice(0, 12)]: three,
    [`${four.slice(0, 10)}~2`]: two,
  };
  for (const [expression, expected] of Object.entries(cases)) t.is(await named(expression), expected, expression);
  t.deepEqual(await Promise.all(commits.map((commit) => at(source, commit))), [false, true, false, true]);
  t.deepEqual(await traces(ada.path), before);
});

test("a time names the commit that the branch was at", async (t) => {
  const path = join(await temporaryDirectory(t), "work");
  await nativeGit(["init", "-q", "-b", "main", path]);
  const ada = userAt(path);
  const made: string[] = [];
  for (const [index, enabled] of [true, false, true].entries()) {
    await ada.edit({ [PATH]: flag(enabled, `# ${index}\n`) });
    await ada.git("add", "-A");
    const date = `2026-01-0${index + 1}T12:00:00Z`;
    await nativeGit(["-C", path, "commit", "-q", "-m", "x"], { env: { GIT_COMMITTER_DATE: date } });
    made.push(await ada.head());
  }
  const source = await open(t, path);
  const named = (expression: string) => source.past.resolve("default", expression, never);
  t.deepEqual(await named("2026-01-02T12:00:00Z"), {
    revision: made[1] ?? "",
    at: { kind: "commit-time", time: "2026-01-02T12:00:00.000Z" },
  });
  t.is((await named("2026-01-02T11:59:59Z")).revision, made[0] ?? "");
  t.is((await named("2026-01-03T13:00:00+01:00~1")).revision, made[1] ?? "");
  const early = await t.throwsAsync(named("2025-12-31T00:00:00Z"));
  t.regex(early?.message ?? "", /there is no state at 2025-12-31.*begins at 2026-01-01T12:00:00/);
  t.regex((await t.throwsAsync(named("2999-01-01T00:00:00Z")))?.message ?? "", /no state at 2999.* yet/);
});

test("what is no revision, unknown or ambiguous is told with a code, however long it is", async (t) => {
  const { ada } = await history(t);
  // Enough commits that two begin with the same four digits are made until there are some.
  const seen = new Map<string, string>();
  let twice: string | undefined;
  for (let count = 0; twice === undefined && count < 2_000; count += 100) {
    const stream = Array.from({ length: 100 }, (_, index) => {
      const from = index === 0 ? "from refs/heads/main^0\n" : "";
      return `commit refs/heads/main\ncommitter A <a@b.c> ${1_800_000_000 + count + index} +0000\ndata 1\nx\n${from}\n`;
    });
    await nativeGit(["-C", ada.path, "fast-import", "--quiet"], { input: stream.join("") });
    for (const oid of (await ada.git("rev-list", "main")).split("\n")) {
      const prefix = oid.slice(0, 4);
      if (seen.has(prefix) && seen.get(prefix) !== oid) twice = prefix;
      seen.set(prefix, oid);
    }
  }
  const source = await open(t, ada.path);
  const failure = async (expression: string): Promise<readonly [string, string]> => {
    const error = await t.throwsAsync(source.past.resolve("default", expression, never));
    t.true(VexilError.is(error));
    return [(error as VexilError).code, error?.message ?? ""];
  };
  const [code, message] = await failure(twice ?? "");
  t.is(code, "VEXIL_VALIDATION_REQUEST");
  t.regex(message, new RegExp(`ambiguous \\(${twice}[0-9a-f]+, ${twice}[0-9a-f]+.*give more digits`));
  for (const unknown of ["nobody", "0123456789abcdef0123456789abcdef01234567", "deadbeefdead", "HEAD^3"]) {
    t.is((await failure(unknown))[0], "VEXIL_NOT_FOUND", unknown);
  }
  const wrong = [
    "",
    " ",
    "a..b",
    "../../etc/passwd",
    "refs/../x",
    "-x",
    "a b",
    "x".repeat(1_000_000),
    "~1".repeat(500_000),
  ];
  for (const expression of [...wrong, "HEAD~9999999", "main@{1}", "a\0b", "2026-13-45T99:00:00Z"]) {
    const [kind, text] = await failure(expression);
    t.is(kind, "VEXIL_VALIDATION_REQUEST", expression.slice(0, 20));
    t.true(text.length < 500);
  }
  t.is((await failure("refs/vexil/kept/x"))[0], "VEXIL_NOT_FOUND");
});

test("files that are not committed are a state of their own, and a faulty one stays as it is committed", async (t) => {
  const { ada } = await history(t);
  await mkdir(join(ada.path, "production", "ops"), { recursive: true });
  await writeFile(join(ada.path, "production", "ops", "features.yaml"), flag(true).replace("default", "ops"));
  await writeFile(join(ada.path, PATH), flag(false));
  const source = await open(t, ada.path);
  t.is(answer(await source.workTree(never)), false);
  t.is(answer(await source.workTree(never), "ops"), true);
  t.is(await at(source, "HEAD"), true);
  await writeFile(join(ada.path, PATH), "flags: [");
  const faulty = await source.workTree(never);
  t.is(answer(faulty), true);
  t.deepEqual(
    faulty.quarantined.map(({ file }) => file),
    [PATH],
  );

  const below = await open(t, join(ada.path, "production"));
  t.is(answer(await below.workTree(never), "ops"), true);
  t.is(await at(below, "HEAD"), undefined);
});

test("a directory without git has its files and no past", async (t) => {
  const path = await temporaryDirectory(t);
  await mkdir(join(path, "default"));
  await writeFile(join(path, PATH), flag(true));
  const source = await open(t, path);
  t.is(answer(await source.workTree(never)), true);
  const error = await t.throwsAsync(source.past.resolve("default", "HEAD", never));
  t.regex(error?.message ?? "", /in no git repository/);
});

test("a namespace whose file is faulty at a commit is as it was last good before that, whatever came later", async (t) => {
  const { ada, commits } = await history(t);
  const bad = await ada.commit({ [PATH]: "flags: [" });
  await ada.commit({ [PATH]: flag(false, "# good again\n") });
  const source = await open(t, ada.path);
  t.is(await at(source, bad), true);
  const snapshot = await source.past.snapshot("default", bad, never);
  t.deepEqual(
    snapshot.quarantined.map(({ file, revision }) => [file, revision]),
    [[PATH, bad]],
  );
  t.is(await at(source, "HEAD"), false);
  t.is(await at(source, commits[0] ?? ""), false);
});
