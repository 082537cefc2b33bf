import { SnapshotBuilderToken } from "@vexil/engine/di/tokens";
import test from "ava";
import { features, flag, machine } from "../helpers/machine/machine.js";
import { hang } from "../helpers/machine/map-remote.js";

const QUIET = { pollIntervalMs: 3_600_000 } as const;
const holds = (objects: readonly { readonly bytes: Uint8Array }[], text: string): boolean =>
  objects.some(({ bytes }) => new TextDecoder().decode(bytes).includes(text));

test("a write is answered with its own event, after the snapshot that holds it", async (t) => {
  const one = await machine(t, { config: QUIET });
  await one.open().settled;
  const seen: unknown[] = [];
  one.snapshots.changes$.subscribe(() => seen.push("published"));
  const { revision } = await one.write(flag("two", true, "create")).then((result) => {
    seen.push("answered");
    return result;
  });
  t.deepEqual(seen, ["published", "answered"]);
  t.deepEqual(one.served(), { one: true, two: true });
  t.like(one.of("write.committed")[0], { request: "w-1", revision, pushed: true });
  t.is(one.remote.head(), revision);
});

test("what a write was checked by is what is served: nothing of it is built again, unless others came between", async (t) => {
  const one = await machine(t, { config: QUIET });
  await one.open().settled;
  const builder = await one.inside.get(SnapshotBuilderToken);
  const build = builder.build.bind(builder);
  let built = 0;
  builder.build = (input) => {
    built += 1;
    return build(input);
  };
  const told: string[] = [];
  one.snapshots.changes$.subscribe((change) => {
    if (change.type === "published") told.push([...change.changedNamespaces].join());
  });
  const { revision } = await one.write(flag("two", true, "create"));
  t.is(built, 1);
  t.deepEqual(told, ["default"]);
  t.deepEqual(one.served(), { one: true, two: true });
  t.is(one.snapshots.get("default")?.snapshot?.revision, revision);
  t.like(one.of("snapshot.built").at(-1), { revision, flags: 2, files: 1, quarantined: [] });
  await Promise.all([
    one.write(flag("one", false)),
    one.write(flag("two", false)),
    one.write(flag("x", true, "create")),
  ]);
  t.deepEqual(one.served(), { one: false, two: false, x: true });
  t.is(built, 4);

  one.remote.before = async (step) => {
    one.remote.before = () => undefined;
    if (step === "push") await one.remote.commit({ "team/features.yaml": features({ theirs: true }, "team") });
  };
  const late = one.write(flag("x", false));
  await one.clock.pass(5_000);
  await late;
  t.deepEqual(one.served(), { one: false, two: false, x: false });
  const snapshot = one.snapshots.get("default")?.snapshot;
  t.deepEqual([...(snapshot?.namespaces.keys() ?? [])].sort(), ["default", "team"]);
  t.is(snapshot?.revision, one.remote.head());
});

test("a push that loses three times is made a fourth time on what was faster", async (t) => {
  const one = await machine(t, { config: QUIET });
  await one.open().settled;
  let lost = 0;
  one.remote.before = async (step) => {
    if (step !== "push" || lost === 3) return;
    lost += 1;
    await one.remote.commit({ [`team-${lost}/features.yaml`]: features({ x: true }, `team-${lost}`) });
  };
  const answer = one.write(flag("one", false));
  await one.clock.pass(5_000);
  const { revision } = await answer;
  t.is(one.remote.count("+push"), 4);
  t.is(one.of("write.committed").length, 1);
  t.is(one.remote.head(), revision);
  t.deepEqual(one.served(), { one: false });
  const namespaces = one.snapshots.get("default")?.snapshot?.namespaces;
  t.deepEqual([...(namespaces?.keys() ?? [])].sort(), ["default", "team-1", "team-2", "team-3"]);
});

test("who never wins is told that the branch does not stand still", async (t) => {
  const one = await machine(t, { config: QUIET });
  await one.open().settled;
  one.remote.before = async (step) => {
    if (step === "push")
      await one.remote.commit({ "other/features.yaml": features({ x: Math.random() > 0.5 }, "other") });
  };
  const answer = one.write(flag("one", false));
  await one.clock.pass(60_000);
  await t.throwsAsync(answer, { code: "VEXIL_CONFLICT_HEAD_MOVED" });
  t.is(one.of("write.failed").length, 1);
  t.deepEqual(one.served(), { one: true });
});

test("of a group that the remote refuses only the write refused alone gets the error", async (t) => {
  const one = await machine(t, { config: QUIET });
  await one.open().settled;
  let release: () => void = () => undefined;
  one.remote.before = (step) =>
    step === "push" && one.remote.count("+push") === 1
      ? new Promise((resolve) => {
          release = resolve;
        })
      : undefined;
  one.remote.refuses = ({ objects }) => (holds(objects, "key: bad") ? "hook declined" : undefined);
  const first = one.write(flag("first", true, "create"));
  await one.clock.until(() => one.remote.count("+push") === 1);
  const group = [flag("good", true, "create"), flag("bad", true, "create"), flag("fine", true, "create")];
  const answers = group.map((change) => one.write(change));
  release();
  await one.clock.pass(1_000);
  await first;
  const outcomes = await Promise.allSettled(answers);
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  t.like(one.of("write.failed")[0], { request: "w-3", error: { code: "VEXIL_REFUSED_PUSH" } });
  t.is(one.of("write.failed").length, 1);
  t.deepEqual(one.served(), { one: true, first: true, good: true, fine: true });
});

test("a write that changes nothing is answered by an event with what is served, and nothing is pushed", async (t) => {
  const one = await machine(t, { config: QUIET });
  await one.open().settled;
  const head = one.remote.head() ?? "";
  const { revision } = await one.write({ type: "rollback", namespace: "default", to: head });
  t.is(revision, head);
  t.like(one.of("write.unchanged")[0], { request: "w-1", revision: head, environment: "default" });
  t.is(one.remote.count("+push"), 0);
  t.is(one.of("write.committed", "write.failed").length, 0);
});

test("a refused write names the conflict and leaves the others of its group alone", async (t) => {
  const one = await machine(t, { config: QUIET, remote: null });
  await one.open().settled;
  const known = one.snapshots.get("default")?.snapshot?.revision ?? "";
  const answers = [
    one.write(flag("one", false)),
    one.write(flag("two", true, "create"), known),
    one.write(flag("three", true, "create")),
  ];
  const outcomes = await Promise.allSettled(answers);
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  t.like(one.of("write.failed")[0], { request: "w-2", error: { code: "VEXIL_CONFLICT_REVISION" } });
  t.deepEqual(one.served(), { one: false, three: true });
});

test("a push that hangs is answered at its deadline, and so are those that wait behind it", async (t) => {
  const timeouts = { connectMs: 5_000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 60_000, pushMs: 30_000 };
  const one = await machine(t, { config: { ...QUIET, timeouts } });
  await one.open().settled;
  one.remote.before = (_, signal) => hang(signal);
  const first = one.write(flag("two", true, "create"));
  await one.clock.until(() => one.remote.count("+push") === 1);
  const behind = one.write(flag("three", true, "create"));
  await one.clock.pass(29_000);
  t.is(one.of("write.failed").length, 0, "timeouts.push is 30 s");
  await one.clock.pass(6_000);
  for (const answer of [first, behind]) await t.throwsAsync(answer, { code: "VEXIL_UNAVAILABLE_REMOTE" });
  t.is(one.remote.count("+push"), 1);
  one.remote.before = () => undefined;
  const after = one.write(flag("four", true, "create"));
  await one.clock.pass(1_000);
  await after;
  t.deepEqual(one.served(), { one: true, four: true });
});

test("time that a write has waited for a reload is a part of what a remote that hangs has for it", async (t) => {
  const timeouts = { connectMs: 5_000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 60_000, pushMs: 30_000 };
  const one = await machine(t, { config: { ...QUIET, timeouts } });
  await one.open().settled;
  one.remote.before = (_, signal) => hang(signal);
  const told = t.throwsAsync(one.write(flag("two", true, "create"), undefined, 10_000), {
    code: "VEXIL_UNAVAILABLE_REMOTE",
  });
  await one.clock.until(() => one.remote.count("+push") === 1);
  await one.clock.pass(23_000);
  t.is(one.of("write.failed").length, 0, "there is time to ask what became of it");
  await one.clock.pass(2_000);
  t.is(one.of("write.failed").length, 1);
  await told;
  one.remote.before = () => undefined;
  const after = one.write(flag("three", true, "create"));
  await one.clock.pass(1_000);
  await after;
});

test("a wall clock that is set back after a push timed out refuses no later write, and no duration is negative", async (t) => {
  const timeouts = { connectMs: 5_000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 60_000, pushMs: 30_000 };
  const one = await machine(t, { config: { ...QUIET, timeouts } });
  await one.open().settled;
  one.remote.before = (_, signal) => hang(signal);
  const first = one.write(flag("two", true, "create"));
  await one.clock.pass(36_000);
  await t.throwsAsync(first, { code: "VEXIL_UNAVAILABLE_REMOTE" });
  one.remote.before = () => undefined;
  one.clock.set(-3_600_000);
  const second = one.write(flag("three", true, "create"));
  one.clock.set(-3_600_000);
  await one.clock.pass(1_000);
  await second;
  t.deepEqual(one.served(), { one: true, three: true });
  const [committed] = one.of("write.committed");
  t.true((committed?.durationMs ?? -1) >= 0 && (committed?.durationMs ?? 0) <= 1_000, `${committed?.durationMs} ms`);
});
