import test, { type ExecutionContext } from "ava";
import { FEATURES, features, flag, type MachineOptions, machine } from "../helpers/machine/machine.js";
import { at, configOf, environment, managed } from "../helpers/machine/managed.js";
import { MapRemote } from "../helpers/machine/map-remote.js";

const TESTS = "default/features.test.yaml";
const QUIET = { pollIntervalMs: 3_600_000 } as const;
/** Each flag has to be as it is said here. */
const cases = (flags: Readonly<Record<string, boolean>>): string => {
  const one = ([key, enabled]: readonly [string, boolean]): string =>
    `  - { name: ${key} is ${enabled}, flag: ${key}, entity: u, expect: { enabled: ${enabled} } }\n`;
  return `version: "1"\ntests:\n${Object.entries(flags).map(one).join("")}`;
};
const GOOD = { [FEATURES]: features({ one: true }), [TESTS]: cases({ one: true }) };
const BAD = { [FEATURES]: features({ one: false }) };

async function open(t: ExecutionContext, options: MachineOptions = {}) {
  const one = await machine(t, { tests: "enforce", files: GOOD, ...options });
  await one.open().settled;
  /** Somebody pushes, and the next poll has come. */
  const push = async (files: Readonly<Record<string, string | undefined>>): Promise<string> => {
    const head = await one.remote.commit(files);
    await one.clock.pass(40_000);
    await one.clock.until(() => one.snapshots.get("default")?.snapshot?.revision === head);
    return head;
  };
  const tests = () => one.status.storage("main")?.tests?.failing ?? [];
  const told = (event: string) => one.lines.filter((line) => line.event === event);
  return { ...one, push, tests, told };
}

test("a push whose tests fail is not served and is told case by case, until a good one comes", async (t) => {
  const one = await open(t);
  const revision = await one.push(BAD);
  t.deepEqual(one.served(), { one: true });
  const failing = {
    environment: "default",
    file: TESTS,
    line: 3,
    column: 5,
    namespaces: ["default"],
    test: { name: "one is true", flag: "one", expected: "enabled: true", got: "enabled: false" },
    reason: 'test "one is true" of flag one fails: enabled: expected true, got false',
    revision,
    enforced: true,
  };
  t.deepEqual(one.tests(), [failing]);
  t.like(one.status.storage("main"), {
    state: "ready",
    quarantined: [{ file: TESTS, namespace: "default", test: true }],
  });
  const { test: failed, ...rest } = failing;
  t.is(one.told("tests.failed").length, 1);
  t.like(one.told("tests.failed")[0], {
    level: "error",
    ...rest,
    test: failed.name,
    flag: "one",
    expected: failed.expected,
    got: failed.got,
  });
  t.is(one.told("features.quarantined").length, 0);
  // Another namespace moves on, and nothing is told twice.
  await one.push({ "team/features.yaml": features({ x: true }, "team") });
  t.true(one.snapshots.get("default")?.snapshot?.namespaces.has("team"));
  t.deepEqual(one.served(), { one: true });
  t.is(one.told("tests.failed").length, 1);
  await one.push({ [TESTS]: cases({ one: false }) });
  t.deepEqual(one.served(), { one: false });
  t.deepEqual(one.tests(), []);
  t.is(one.told("tests.passed").length, 1);
});

test("with warnings a push whose tests fail is served, and told of", async (t) => {
  const one = await open(t, { tests: "warn" });
  await one.push(BAD);
  t.deepEqual(one.served(), { one: false });
  t.like(one.tests(), [{ test: { name: "one is true" }, enforced: false }]);
  t.like(one.told("tests.failed"), [{ level: "warn", enforced: false }]);
  t.deepEqual(one.status.storage("main")?.quarantined, []);
  const off = await open(t, { tests: "off", files: { ...GOOD, ...BAD } });
  t.deepEqual(off.served(), { one: false });
  t.deepEqual([off.tests(), off.told("tests.failed")], [[], []]);
});

test("after a failing push a daemon that starts anew serves the last state whose tests pass", async (t) => {
  const remote = new MapRemote();
  const first = await open(t, { remote });
  await first.push({ [FEATURES]: features({ one: true, two: true }), [TESTS]: cases({ one: true, two: true }) });
  await first.push(BAD);
  await first.push({ "team/features.yaml": features({ x: true }, "team") });
  await first.streams.drain(new AbortController().signal);
  // From what its backend kept, and from the remote's history alone.
  for (const backend of [first.backend, undefined]) {
    const next = await open(t, { remote, config: QUIET, ...(backend === undefined ? {} : { backend }) });
    t.deepEqual(next.served(), { one: true, two: true });
    t.true(next.snapshots.get("default")?.snapshot?.namespaces.has("team"));
    t.is(next.tests().length, 2);
    t.is(next.status.storage("main")?.state, "ready");
  }
});

test("where no state ever passed its tests the namespace is named, and holds a strict start back", async (t) => {
  for (const fetchPolicy of ["strict", "lenient"] as const) {
    const one = await machine(t, { tests: "enforce", files: { ...GOOD, ...BAD }, config: { ...QUIET, fetchPolicy } });
    await one.open().settled;
    t.deepEqual(one.served(), {});
    t.like(one.status.storage("main"), {
      state: fetchPolicy === "strict" ? "starting" : "ready",
      unservedNamespaces: [{ environment: "default", namespace: "default" }],
    });
    t.is(one.lines.filter(({ event }) => event === "namespace.unserved").length, 1);
    await one.remote.commit({ [TESTS]: undefined });
    await one.clock.pass(4_000_000);
    await one.clock.until(() => one.status.storage("main")?.state === "ready");
    t.deepEqual(one.served(), { one: false });
  }
});

test("a change by the API that would break a test is refused with the case, and nothing is committed", async (t) => {
  const one = await open(t, { config: QUIET });
  const head = one.remote.head();
  const refused = await t.throwsAsync(one.write(flag("one", false)), { code: "VEXIL_VALIDATION_TESTS" });
  t.regex(refused?.message ?? "", /default\/features\.test\.yaml:3:5: test "one is true" of flag one fails/);
  t.like(refused, { details: { tests: [{ file: TESTS, line: 3, namespaces: ["default"], test: { flag: "one" } }] } });
  const gone = { type: "delete-flag", namespace: "default", key: "one" } as const;
  await t.throwsAsync(one.write(gone), { code: "VEXIL_VALIDATION_TESTS", message: /there is no flag default\/one/ });
  await t.throwsAsync(one.write({ type: "delete-namespace", key: "default" }), { code: "VEXIL_VALIDATION_REQUEST" });
  t.is(one.remote.head(), head);
  t.deepEqual(one.served(), { one: true });
  // What breaks nothing is written, also beside one that is refused.
  const both = await Promise.allSettled([one.write(flag("one", false)), one.write(flag("two", true, "create"))]);
  t.deepEqual(
    both.map(({ status }) => status),
    ["rejected", "fulfilled"],
  );
  t.deepEqual(one.served(), { one: true, two: true });
});

test("a rollback and the deletion of a namespace are held to tests as well", async (t) => {
  const team = { "team/features.yaml": features({ x: false }, "team") };
  const one = await open(t, { files: { ...GOOD, ...team } });
  const first = one.remote.head() ?? "";
  const { revision } = await one.write({ ...flag("x", true), namespace: "team" } as ReturnType<typeof flag>);
  t.is(one.remote.head(), revision);
  await one.push({ "team/features.test.yaml": cases({ x: true }) });
  const back = { type: "rollback", namespace: "team", to: first } as const;
  await t.throwsAsync(one.write(back), { code: "VEXIL_VALIDATION_TESTS" });
  await t.throwsAsync(one.write({ ...back, resource: { type: "flag", key: "x" } }), { code: "VEXIL_VALIDATION_TESTS" });
  const away = one.write({ type: "delete-namespace", key: "team" });
  await t.throwsAsync(away, { code: "VEXIL_VALIDATION_TESTS", message: /no features file with a namespace beside it/ });
  t.true(one.snapshots.get("default")?.snapshot?.namespaces.get("team")?.flags.get("x")?.enabled);
});

test("while a push is held back a change that mends it is written, and no other of its namespace", async (t) => {
  const one = await open(t, { files: { ...GOOD, "team/features.yaml": features({ x: false }, "team") } });
  await one.push({ [FEATURES]: features({ one: false, three: true }) });
  await t.throwsAsync(one.write(flag("three", false)), { code: "VEXIL_VALIDATION_TESTS" });
  await one.write({ ...flag("x", true), namespace: "team" } as ReturnType<typeof flag>);
  t.deepEqual(one.served(), { one: true });
  await one.write(flag("one", true));
  t.deepEqual(one.served(), { one: true, three: true });
  t.deepEqual(one.tests(), []);
  t.is(one.told("tests.passed").length, 1);
});

test("with warnings a change that breaks a test is written, and the case is told", async (t) => {
  const one = await open(t, { tests: "warn", config: QUIET });
  const { revision } = await one.write(flag("one", false));
  t.is(one.remote.head(), revision);
  t.deepEqual(one.served(), { one: false });
  t.like(one.told("tests.failed"), [{ test: "one is true", revision, enforced: false }]);
});

test("a branch of an environment is held to tests as that is", async (t) => {
  const one = await managed(t, ["here"]);
  const store = one.stores.get("here") as MapRemote;
  await store.commit({ [FEATURES]: features({ one: true }), [TESTS]: cases({ one: true }) });
  const config = configOf([at("here")], [environment("default", "main", "enforce")]);
  await (await one.manager.open(await one.generation(config))).get("main")?.settled;
  const asked = { base: "default", key: "trial", actor: undefined, correlationId: "it" };
  await one.engine.createBranch(asked);
  await store.commit({ [FEATURES]: features({ one: false, two: true }) }, "flipt/default/trial");
  await one.clock.pass(11_000);
  await one.clock.until(() => (one.status.storage("main")?.tests?.failing.length ?? 0) > 0);
  t.deepEqual([one.served("trial"), one.served("default")], [["one"], ["one"]]);
  t.like(one.status.storage("main")?.tests?.failing, [{ environment: "trial" }]);
  await t.throwsAsync(one.write("trial", flag("two", false)), { code: "VEXIL_VALIDATION_TESTS" });
  await one.write("trial", flag("one", true));
  t.deepEqual(one.served("trial"), ["one", "two"]);
  await one.streams.drain(new AbortController().signal);
});

test("a reload that changes what tests come to takes effect on what is served", async (t) => {
  const one = await managed(t, ["here"]);
  const store = one.stores.get("here") as MapRemote;
  const of = (mode: "off" | "warn" | "enforce") =>
    one.generation(configOf([at("here")], [environment("default", "main", mode)]));
  await store.commit({ [FEATURES]: features({ good: true }), [TESTS]: cases({ good: true }) });
  await store.commit({ [FEATURES]: features({ bad: true }) });
  let now = await of("warn");
  await (await one.manager.open(now)).get("main")?.settled;
  const reload = async (mode: Parameters<typeof of>[0]): Promise<readonly string[]> => {
    const next = await of(mode);
    const changes = await one.manager.change(now, next);
    t.deepEqual(changes.changed, ["main"]);
    await Promise.all(changes.opened.map(({ settled }) => settled));
    now = next;
    return one.served("default");
  };
  t.deepEqual(one.served("default"), ["bad"]);
  t.deepEqual(await reload("enforce"), ["good"]);
  t.like(one.status.storage("main")?.tests?.failing, [{ enforced: true }]);
  t.deepEqual(await reload("off"), ["bad"]);
  t.deepEqual(one.status.storage("main")?.tests?.failing, []);
  t.deepEqual(await reload("enforce"), ["good"]);
  t.deepEqual(await reload("warn"), ["bad"]);
  t.like(one.status.storage("main")?.tests?.failing, [{ enforced: false }]);
  await one.streams.drain(new AbortController().signal);
});
