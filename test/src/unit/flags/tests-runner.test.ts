import { StateBuilder } from "@vexil/flags/compile/build-changes";
import { FaultLocator } from "@vexil/flags/compile/fault-locator";
import { FileCache } from "@vexil/flags/compile/file-cache";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { ParseBudget } from "@vexil/flags/parse/parse-budget";
import { ProcessParser } from "@vexil/flags/parse/process-parser";
import { SizedParser } from "@vexil/flags/parse/sized-parser";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { RememberedTests } from "@vexil/flags/run/remembered-tests";
import { type TestsJob, TestsRunner } from "@vexil/flags/run/tests-runner";
import test from "ava";
import { BAD_FILES } from "../../helpers/files/odd-files.js";
import { type BuildOptions, blobId, buildOnce, type Files, inputOf } from "../../helpers/flags/build-from-files.js";

const flags = (namespace: string, enabled = true): string =>
  `namespace: ${namespace}\nflags: [{key: x, name: X, type: BOOLEAN_FLAG_TYPE, enabled: ${enabled}}]\n`;
const cases = (count: number, enabled = true): string => {
  const one = `{ name: n, flag: x, entity: u, expect: { enabled: ${enabled} } }`;
  return `version: "1"\ntests: [${Array.from({ length: count }, () => one).join(", ")}]\n`;
};
/** In a hurry: enough for small files on a busy machine. */
const ENOUGH_MS = 2_000;
type ReadCases = Parameters<TestsRunner["run"]>[1];
const OPTIONS = { limits: DEFAULT_FEATURE_LIMITS, storage: "s" };

/** A job of cases that pass, and what was read of it. */
async function jobOf(count: number): Promise<{ readonly job: TestsJob; readonly read: ReadCases }> {
  const { snapshot } = await buildOnce({ "a/features.yaml": flags("a") });
  const text = cases(count);
  const parser = new SizedParser(new ProcessParser({ processes: 1, heapMegabytes: 256 }));
  const path = "a/features.test.yaml";
  const read = await parser.cases({ path, oid: blobId(text), bytes: Buffer.from(text), ...OPTIONS });
  await parser.close();
  return { job: { path, oid: blobId(text), own: ["a"], namespaces: snapshot.namespaces }, read };
}

/** The same cases again and again, until nobody runs them any more. */
const endless = ({ cases: some, ...read }: ReadCases): ReadCases => ({
  ...read,
  cases: {
    *[Symbol.iterator]() {
      for (;;) yield* some;
    },
  } as unknown as ReadCases["cases"],
});

test("a tests file that takes longer than it may is a fault, once; others have their turns meanwhile", async (t) => {
  const { job, read } = await jobOf(10);
  const runner = new TestsRunner(new ParseBudget({ fileMs: 60, roundMs: 10_000, soundMs: 5 }));
  let turns = 0;
  let isOver = false;
  const others = (async () => {
    for (; !isOver; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  })();
  const ran = await runner.run(job, endless(read), OPTIONS);
  isOver = true;
  await others;
  t.true(turns > 5, `${turns} turns`);
  t.is(ran.failures[0]?.reason, "its cases take longer than the 0.06 s that a tests file has");
  t.true(ran.hasUnplaced);
  t.is(runner.peek(job, OPTIONS), ran, "it is not run again");
});

test("slow tests files have a share of time together; what is left is not known yet, and nothing else waits for it", async (t) => {
  const { job, read } = await jobOf(10);
  let now = 0;
  const budget = new ParseBudget({ fileMs: 60, roundMs: 100, soundMs: 5, now: () => now });
  const runner = new TestsRunner(budget);
  const outcomes: (string | undefined)[] = [];
  for (let index = 0; index < 30; index += 1) {
    const ran = await runner.run({ ...job, oid: `${index}` }, endless(read), OPTIONS);
    outcomes.push(ran.unread === true ? "unread" : ran.failures[0]?.reason);
  }
  t.regex(outcomes[0] ?? "", /take longer/);
  t.is(outcomes.at(-1), "unread");
  t.is(runner.peek({ ...job, oid: "29" }, OPTIONS), undefined);
  const other = await runner.run({ ...job, oid: "other" }, read, { ...OPTIONS, storage: "another" });
  t.deepEqual(other.failures, []);
  now = 600_000;
  t.deepEqual((await runner.run({ ...job, oid: "29" }, read, OPTIONS)).failures, []);
});

test("of failing cases by the thousand the first are told, and how many more there are", async (t) => {
  const { snapshot } = await buildOnce(
    { "a/features.yaml": flags("a", false), "a/features.test.yaml": cases(10_000) },
    { tests: "enforce" },
  );
  const tested = snapshot.tests?.files.get("a/features.test.yaml");
  t.deepEqual([tested?.failures.length, tested?.omitted], [100, 9_900]);
  t.true(snapshot.quarantined.length <= 1_000);
  const more = await buildOnce(
    { "a/features.yaml": flags("a"), "a/features.test.yaml": cases(10_001) },
    { tests: "enforce" },
  );
  t.regex(more.snapshot.quarantined[0]?.reason ?? "", /^tests: there are more than 10000 cases/);
});

test("texts of a failing case are cut", async (t) => {
  const long = "y".repeat(100_000);
  const file = `version: "1"\ntests: [{ name: ${long}, flag: x, entity: u, expect: { variant: ${long} } }]\n`;
  const { snapshot } = await buildOnce(
    { "a/features.yaml": flags("a"), "a/features.test.yaml": file },
    { tests: "enforce" },
  );
  t.true(JSON.stringify(snapshot.tests?.files.get("a/features.test.yaml")?.failures).length < 2_000);
});

test("whatever a tests file holds, it holds back what is beside it and nothing else", async (t) => {
  const files: Record<string, string | Uint8Array> = {};
  for (const [index, { content, name, limits }] of BAD_FILES.entries()) {
    if (limits !== undefined) continue;
    files[`n${index}/features.yaml`] = flags(`n${index}`);
    files[`n${index}/${(name ?? "features.yaml").replace("features", "features.test")}`] = content;
  }
  files["good/features.yaml"] = flags("good");
  files["good/features.test.yaml"] = cases(1);
  const { snapshot, unserved } = await buildOnce(files, { tests: "enforce" });
  t.deepEqual([...snapshot.namespaces.keys()], ["good"]);
  t.is(unserved.length, (Object.keys(files).length - 2) / 2);
  t.true(snapshot.quarantined.every(({ test: isTest, reason }) => isTest === true && reason !== ""));
});

/** Notes which files are run. */
class NotingRunner extends TestsRunner {
  readonly ran: string[] = [];

  override run(...args: Parameters<TestsRunner["run"]>): ReturnType<TestsRunner["run"]> {
    this.ran.push(args[0].path);
    return super.run(...args);
  }
}

test("a change of one file runs only the tests beside files of its namespaces, and only if there is a change", async (t) => {
  const parser = new SizedParser(new ProcessParser({ processes: 1, heapMegabytes: 256 }));
  t.teardown(() => parser.close());
  const runner = new NotingRunner();
  const states = new StateBuilder({
    cache: new FileCache(parser),
    locator: new FaultLocator(parser),
    tests: new RememberedTests(parser, runner),
  });
  const files: Record<string, string> = { "x/features.yaml": flags("n1").replace("key: x", "key: y") };
  for (let index = 0; index < 50; index += 1) {
    files[`n${index}/features.yaml`] = flags(`n${index}`);
    files[`n${index}/features.test.yaml`] = cases(1);
  }
  let previous: Snapshot | undefined;
  const next = async (some: Files): Promise<readonly string[]> => {
    runner.ran.length = 0;
    const options: BuildOptions = { tests: "enforce", ...(previous === undefined ? {} : { previous }) };
    const { namespaces, files: served, quarantined, tests } = await states.build(inputOf(some, options), 1);
    const made = {
      environment: "default",
      revision: "f".repeat(40),
      namespaces,
      files: served,
      quarantined,
      builtAt: 1,
    };
    previous = { ...made, ...(tests === undefined ? {} : { tests }) };
    return [...runner.ran].sort();
  };
  t.is((await next(files)).length, 50);
  t.deepEqual(await next(files), []);
  files["n7/features.yaml"] = `${flags("n7")}# other`;
  t.deepEqual(await next(files), ["n7/features.test.yaml"]);
  files["x/features.yaml"] += "# other";
  t.deepEqual(await next(files), ["n1/features.test.yaml"], "by the namespace, not the folder");
  files["n9/features.test.yaml"] = cases(2);
  t.deepEqual(await next(files), ["n9/features.test.yaml"]);
  // One that fails has everything looked at, but nothing else run.
  files["n3/features.yaml"] = flags("n3", false);
  t.deepEqual(await next(files), ["n3/features.test.yaml"]);
  files["n4/features.yaml"] = `${flags("n4")}# other`;
  t.deepEqual(await next(files), ["n4/features.test.yaml"]);
});

test("builders without tests files read nothing of them", async (t) => {
  const builder = createSnapshotBuilder();
  t.teardown(() => builder.close());
  const read: string[] = [];
  const input = inputOf({ "a/features.yaml": flags("a"), "a/features.test.yaml": cases(1, false) }, { tests: "off" });
  const { snapshot } = await builder.build({
    ...input,
    read: (oids) => {
      read.push(...oids);
      return input.read(oids);
    },
  });
  t.deepEqual(read, [blobId(flags("a"))]);
  t.is(snapshot.tests, undefined);
});

test("a tests file that ends the process that reads it is a fault, and the next one is read", async (t) => {
  const parser = new ProcessParser({ processes: 1, heapMegabytes: 12 });
  t.teardown(() => parser.close());
  const tests = new RememberedTests(parser);
  const texts: Readonly<Record<string, string>> = {
    "a/features.test.yaml": `version: "1"\ntests: [${"{}, ".repeat(1_500_000)}]`,
    "b/features.test.yaml": cases(1),
  };
  const { snapshot } = await buildOnce({ "a/features.yaml": flags("a"), "b/features.yaml": flags("b") });
  const input = inputOf(texts);
  const ran = await tests.run(
    {
      tests: [...input.files].map(([path, oid]) => ({ path, oid })),
      beside: (folder) => [folder],
      awaited: new Set(),
      namespaces: snapshot.namespaces,
      before: () => [],
    },
    input,
  );
  t.regex(ran.get("a/features.test.yaml")?.failures[0]?.reason ?? "", /^the file cannot be parsed: /);
  t.deepEqual([...(ran.get("b/features.test.yaml")?.failing ?? ["b"])], []);
});

test("whoever is in a hurry does not wait for tests of others; their namespaces stay until those have run", async (t) => {
  const parser = new SizedParser(new ProcessParser({ processes: 1, heapMegabytes: 256 }));
  t.teardown(() => parser.close());
  let slow = Promise.resolve();
  const tests = new RememberedTests({
    cases: async (file) => {
      if (file.path.startsWith("slow/")) await slow;
      return parser.cases(file);
    },
  });
  const states = new StateBuilder({ cache: new FileCache(parser), locator: new FaultLocator(parser), tests });
  const files = (slowOn: boolean, ownOn: boolean): Files => ({
    "slow/features.yaml": flags("slow", slowOn),
    "slow/features.test.yaml": cases(1, slowOn),
    "own/features.yaml": flags("own", ownOn),
    "own/features.test.yaml": cases(1, ownOn),
  });
  const build = async (some: Files, previous: Snapshot | undefined, isHurried: boolean) => {
    const options: BuildOptions = { tests: "enforce", ...(previous === undefined ? {} : { previous }) };
    const hurry = { own: new Set(["own/features.yaml"]), account: "w", until: performance.now() + ENOUGH_MS };
    const state = await states.build({ ...inputOf(some, options), ...(isHurried ? { hurry } : {}) }, 1);
    const { namespaces, files: served, quarantined, tests: tested } = state;
    const made = {
      environment: "default",
      revision: "f".repeat(40),
      namespaces,
      files: served,
      quarantined,
      builtAt: 1,
    };
    const enabled = ["slow", "own"].map((key) => namespaces.get(key)?.flags.get("x")?.enabled);
    return { state, enabled, snapshot: { ...made, ...(tested === undefined ? {} : { tests: tested }) } };
  };
  const first = await build(files(true, true), undefined, false);
  t.deepEqual(first.enabled, [true, true]);
  let release: () => void = () => undefined;
  slow = new Promise((resolve) => {
    release = resolve;
  });
  const hurried = await build(files(false, false), first.snapshot, true);
  t.deepEqual(hurried.enabled, [true, false]);
  t.true(hurried.state.isPartial);
  t.like(hurried.state.quarantined, [{ file: "slow/features.test.yaml", namespace: "slow", unread: true, test: true }]);
  release();
  const whole = await build(files(false, false), hurried.snapshot, false);
  t.deepEqual([whole.enabled, whole.state.isPartial], [[false, false], false]);
});
