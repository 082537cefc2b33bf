import type { SnapshotTests } from "@vexil/flags/cases/tested-file";
import { testsDiffer } from "@vexil/flags/compile/enforce-tests";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { BuildResult } from "@vexil/flags/compile/snapshot-builder";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { type BuildOptions, buildFrom, type Files, inputOf } from "../../helpers/flags/build-from-files.js";

const FLAGS = "a/features.yaml";
const TESTS = "a/features.test.yaml";
const flags = (enabled: boolean, namespace = "a", key = "x"): string =>
  `namespace: ${namespace}\nflags: [{key: ${key}, name: X, type: BOOLEAN_FLAG_TYPE, enabled: ${enabled}}]\n`;
const tests = (enabled: boolean, key = "x", more = ""): string =>
  `version: "1"\ntests:\n  - { name: as it is meant, ${more}flag: ${key}, entity: u, expect: { enabled: ${enabled} } }\n`;

function start(t: ExecutionContext) {
  const builder = createSnapshotBuilder({ now: () => 1_700_000_000_000 });
  t.teardown(() => builder.close());
  return (files: Files, options: BuildOptions = {}): Promise<BuildResult> =>
    buildFrom(builder, files, { tests: "enforce", ...options });
}

/** The value of a flag as it is served. */
const served = ({ snapshot }: { readonly snapshot: Snapshot }, namespace = "a", key = "x"): boolean | undefined =>
  snapshot.namespaces.get(namespace)?.flags.get(key)?.enabled;

test("a namespace whose tests fail stays as it was, and the failing case is told with its place", async (t) => {
  const build = start(t);
  const good = await build({ [FLAGS]: flags(true), [TESTS]: tests(true) });
  t.deepEqual(good.snapshot.quarantined, []);
  const { snapshot: previous } = good;
  const bad = await build({ [FLAGS]: flags(false), [TESTS]: tests(true) }, { previous, revision: "b".repeat(40) });
  t.true(served(bad));
  t.is(bad.changedNamespaces.size, 0);
  const reason = 'test "as it is meant" of flag x fails: enabled: expected true, got false';
  t.deepEqual(bad.snapshot.quarantined, [
    { file: TESTS, line: 3, column: 5, namespace: "a", reason, revision: "b".repeat(40), test: true },
  ]);
  t.deepEqual(bad.snapshot.tests?.files.get(TESTS)?.failures, [
    {
      file: TESTS,
      line: 3,
      column: 5,
      namespaces: ["a"],
      test: { name: "as it is meant", flag: "x", expected: "enabled: true", got: "enabled: false" },
      reason,
    },
  ]);
  const worse = await build({ [FLAGS]: flags(false, "a", "y"), [TESTS]: tests(true) }, { previous: bad.snapshot });
  t.true(served(worse));
  const mended = await build({ [FLAGS]: flags(false), [TESTS]: tests(false) }, { previous: worse.snapshot });
  t.false(served(mended));
  t.deepEqual(mended.snapshot.quarantined, []);
});

test("with warnings a namespace whose tests fail is served, and off they are not run", async (t) => {
  const build = start(t);
  const files = { [FLAGS]: flags(false), [TESTS]: tests(true) };
  const warned = await build(files, { tests: "warn" });
  t.false(served(warned));
  t.deepEqual(warned.snapshot.quarantined, []);
  t.is(warned.snapshot.tests?.files.get(TESTS)?.failures.length, 1);
  const off = await build(files, { tests: "off" });
  t.false(served(off));
  t.is(off.snapshot.tests, undefined);
});

test("without a state before, the newest older state whose own tests pass is served", async (t) => {
  const build = start(t);
  const older = [
    { [FLAGS]: flags(false), [TESTS]: tests(true) },
    { [FLAGS]: flags(true, "a", "y"), [TESTS]: tests(true, "y") },
    { [FLAGS]: flags(true), [TESTS]: tests(true) },
  ];
  const found = await build({ [FLAGS]: flags(false), [TESTS]: tests(true) }, { older });
  t.true(served(found, "a", "y"));
  t.is(found.recovered, "1");
  const none = await build({ [FLAGS]: flags(false), [TESTS]: tests(true) }, { older: older.slice(0, 1) });
  t.deepEqual(none.unserved, ["a"]);
  t.is(none.searched, "exhausted");
});

test("only the namespaces that failing cases are about are held", async (t) => {
  const build = start(t);
  const both = (enabled: boolean): string => `${flags(enabled)}---\n${flags(enabled, "b", "y")}`;
  const cases = `version: "1"
tests:
  - { name: x is on, flag: x, entity: u, expect: { enabled: true } }
`;
  const { snapshot: previous } = await build({
    [FLAGS]: both(true),
    [TESTS]: cases,
    "c/features.yaml": flags(true, "c"),
  });
  const next = { [FLAGS]: both(false), [TESTS]: cases, "c/features.yaml": flags(false, "c") };
  const held = await build(next, { previous });
  t.deepEqual([served(held), served(held, "b", "y"), served(held, "c")], [true, false, false]);
  t.deepEqual([...held.changedNamespaces].sort(), ["b", "c"]);
});

test("a namespace stays that a change removes against its tests, for as long as they ask for it", async (t) => {
  const build = start(t);
  const both = `${flags(true)}---\n${flags(true, "b", "y")}`;
  const cases = `version: "1"
tests:
  - { name: x is on, flag: x, entity: u, expect: { enabled: true } }
  - { name: y is on, flag: y, entity: u, expect: { enabled: true } }
`;
  const first = { [FLAGS]: both, [TESTS]: cases };
  const { snapshot: previous } = await build(first);
  const second = { [FLAGS]: flags(false), [TESTS]: cases };
  const without = await build(second, { previous });
  t.deepEqual([served(without), served(without, "b", "y")], [true, true]);
  const later = await build({ [FLAGS]: flags(true), [TESTS]: cases }, { previous: without.snapshot });
  t.true(served(later, "b", "y"));
  const gone = await build({ [TESTS]: cases }, { previous: later.snapshot });
  t.deepEqual([served(gone), served(gone, "b", "y")], [true, true]);
  t.regex(gone.snapshot.quarantined[0]?.reason ?? "", /there is no features file with a namespace beside it/);
  // A start finds the same.
  const started = await build({ [TESTS]: cases }, { older: [second, first] });
  t.deepEqual([served(started), served(started, "b", "y")], [true, true]);
  const untested = await build({}, { previous: gone.snapshot });
  t.is(untested.snapshot.namespaces.size, 0);
});

test("an older state without the flags that its tests ask for is none that passes, though more is left of the namespace", async (t) => {
  const build = start(t);
  const rest = { "b/features.yaml": flags(true, "a", "other") };
  const older = [
    { ...rest, [TESTS]: tests(true) },
    { ...rest, [FLAGS]: flags(true), [TESTS]: tests(true) },
  ];
  const found = await build({ ...rest, [FLAGS]: flags(false), [TESTS]: tests(true) }, { older });
  t.deepEqual([served(found), found.recovered], [true, "1"]);
});

test("while the past is searched for what tests without flags are about, nothing is served that it may be", async (t) => {
  const builder = createSnapshotBuilder();
  t.teardown(() => builder.close());
  const build = (files: Files, options: BuildOptions) => buildFrom(builder, files, { tests: "enforce", ...options });
  const input = inputOf({ "b/features.yaml": flags(true, "a", "other"), [TESTS]: tests(true) }, { tests: "enforce" });
  const nothing = { namespaces: new Map(), files: new Map(), revision: undefined };
  const progresses = ["cut", "stored", "unread", "exhausted"] as const;
  const unserved: unknown[] = [];
  for (const progress of progresses) {
    unserved.push((await builder.build({ ...input, lookBack: async () => ({ ...nothing, progress }) })).unserved);
  }
  t.deepEqual(unserved, [["a"], ["a"], ["a"], []]);
  // More of the past has come.
  const early = await builder.build({ ...input, lookBack: async () => ({ ...nothing, progress: "stored" }) });
  const whole = await build(
    { "b/features.yaml": flags(true, "a", "other"), [TESTS]: tests(true) },
    { previous: early.snapshot, older: [{ [FLAGS]: flags(true), [TESTS]: tests(true) }] },
  );
  t.true(served(whole));
});

test("a tests file with faults holds the namespaces beside it, and one for nothing holds nothing", async (t) => {
  const build = start(t);
  const { snapshot: previous } = await build({ [FLAGS]: flags(true), [TESTS]: tests(true) });
  const broken = await build({ [FLAGS]: flags(false), [TESTS]: "version: 1\ntests: [" }, { previous });
  t.true(served(broken));
  t.like(broken.snapshot.quarantined[0], { file: TESTS, namespace: "a", test: true, line: 2 });
  const started = await build({ [FLAGS]: flags(false), [TESTS]: "tests: [" }, { older: [{ [FLAGS]: flags(true) }] });
  t.true(served(started));
  const alone = await build({ "docs/features.test.yaml": tests(true), [FLAGS]: flags(false) });
  t.deepEqual([alone.snapshot.quarantined, alone.unserved], [[], []]);
  t.is(alone.snapshot.tests?.files.get("docs/features.test.yaml")?.failures.length, 1);
});

test("cases of a namespace whose file has faults are not told, and hold no other", async (t) => {
  const build = start(t);
  const cases = `version: "1"
tests:
  - { name: x is on, flag: x, entity: u, expect: { enabled: true } }
  - { name: y is on, flag: y, entity: u, expect: { enabled: true } }
`;
  const other = "a/features.yml";
  const { snapshot: previous } = await build({
    [FLAGS]: flags(true),
    [other]: flags(true, "b", "y"),
    [TESTS]: cases,
  });
  const next = { [FLAGS]: `${flags(true)}# more`, [other]: "namespace: b\nflags: [", [TESTS]: cases };
  const faulty = await build(next, { previous });
  t.deepEqual([served(faulty), served(faulty, "b", "y")], [true, true]);
  t.deepEqual([...new Set(faulty.snapshot.quarantined.map(({ file }) => file))], [other]);
  t.true(faulty.changedNamespaces.has("a"));
});

test("what is served when tests begin to be enforced stays until an older state that passes is found", async (t) => {
  const build = start(t);
  const bad = { [FLAGS]: flags(false), [TESTS]: tests(true) };
  const { snapshot: previous } = await build(bad, { tests: "warn" });
  const replaced = await build(bad, { previous, older: [bad, { [FLAGS]: flags(true), [TESTS]: tests(true) }] });
  t.true(served(replaced));
  t.is(replaced.snapshot.tests?.untrusted.size, 0);
  const kept = await build(bad, { previous, older: [bad] });
  t.false(served(kept));
  t.deepEqual([...(kept.snapshot.tests?.untrusted ?? [])], ["a"]);
  t.deepEqual(kept.unserved, []);
});

const STATES = fc.record({
  a: fc.constantFrom(flags(true), flags(false), flags(true, "a", "z"), "namespace: a\nflags: [", undefined),
  b: fc.constantFrom(flags(true, "b", "y"), flags(false, "b", "y"), flags(true, "a", "y"), undefined),
  cases: fc.constantFrom(
    tests(true),
    tests(false),
    tests(true, "y"),
    tests(true, "x", "namespace: a, "),
    "tests: [",
    undefined,
  ),
});
const filesOf = ({ a, b, cases }: Readonly<Record<string, string | undefined>>): Files => {
  const all = { [FLAGS]: a, "a/features.yml": b, [TESTS]: cases, "q/features.yaml": flags(true, "q") };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
};
const shown = ({ snapshot }: BuildResult): unknown => ({
  namespaces: [...snapshot.namespaces].map(([key, { digest }]) => [key, digest]).sort(),
  quarantined: snapshot.quarantined,
  tests: [...(snapshot.tests?.files ?? [])].sort(),
  untrusted: snapshot.tests?.untrusted,
});

for (const mode of ["enforce", "warn"] as const) {
  test(`a state made from the one before is the state made from everything, with tests that ${mode}`, async (t) => {
    const [quick, thorough] = [start(t), start(t)];
    await fc.assert(
      fc.asyncProperty(fc.array(STATES, { minLength: 2, maxLength: 6 }), async (sequence) => {
        let [ours, theirs]: (Snapshot | undefined)[] = [undefined, undefined];
        for (const state of sequence) {
          const files = filesOf(state);
          const made = await quick(files, { tests: mode, ...(ours === undefined ? {} : { previous: ours }) });
          const stranger = theirs && { ...theirs, files: new Map(theirs.files) };
          const expected = await thorough(files, {
            tests: mode,
            ...(stranger === undefined ? {} : { previous: stranger }),
          });
          t.deepEqual(shown(made), shown(expected));
          ours = made.snapshot;
          theirs = expected.snapshot;
        }
      }),
      { numRuns: 60 },
    );
  });
}

test("under enforcement what is served of a namespace passed its tests at some state, whatever is pushed", async (t) => {
  const [build, alone] = [start(t), start(t)];
  await fc.assert(
    fc.asyncProperty(fc.array(STATES, { minLength: 1, maxLength: 6 }), async (sequence) => {
      const passed = new Set<string>();
      let previous: Snapshot | undefined;
      for (const state of sequence) {
        const files = filesOf(state);
        for (const [key, { digest }] of (await alone(files)).snapshot.namespaces) passed.add(`${key} ${digest}`);
        const made = await build(files, previous === undefined ? {} : { previous });
        for (const [key, { digest }] of made.snapshot.namespaces) t.true(passed.has(`${key} ${digest}`));
        previous = made.snapshot;
      }
      // A start on the last of them serves the same, or something that has passed as well.
      const older = sequence.slice(0, -1).reverse().map(filesOf);
      const started = await build(filesOf(sequence.at(-1) ?? {}), { older });
      for (const [key, { digest }] of started.snapshot.namespaces) t.true(passed.has(`${key} ${digest}`));
    }),
    { numRuns: 60 },
  );
});

test("the namespaces that all failures of a file are about are looked at once, not for each failure", (t) => {
  let reads = 0;
  const keys = Array.from({ length: 1_000 }, (_, index) => `n${index}`);
  const counted = (last: string): readonly string[] =>
    new Proxy([...keys, last], {
      get: (list, name) => {
        reads += 1;
        return Reflect.get(list, name);
      },
    });
  const outcome = (namespaces: readonly string[], reason = "it fails"): SnapshotTests => {
    const failures = Array.from({ length: 100 }, (_, line) => ({ file: TESTS, line, namespaces, reason }));
    const file = { oid: "a", namespaces, failures, omitted: 0, failing: new Set(keys), hasUnplaced: true };
    return { enforced: false, files: new Map([[TESTS, file]]), untrusted: new Set(keys) };
  };
  t.false(testsDiffer(outcome(counted("x")), outcome(counted("x"))));
  t.true(reads < 10 * keys.length, `${reads} reads`);
  t.true(testsDiffer(outcome(counted("x")), outcome(counted("y"))));
  t.true(testsDiffer(outcome(counted("x")), outcome(counted("x"), "it fails otherwise")));
  t.true(testsDiffer(outcome(counted("x")), undefined));
});
