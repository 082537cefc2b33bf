import { VexilError } from "@vexil/plugin-api/errors";
import test from "ava";
import { FEATURES, features, flag, machine } from "../helpers/machine/machine.js";
import { hang } from "../helpers/machine/map-remote.js";
import { mapBackend } from "../helpers/plugins/map-backend.js";

const HOUR = 3_600_000;
const gaps = (times: readonly number[]): readonly number[] =>
  times.slice(1).map((at, index) => at - (times[index] as number));

test("polls keep their period within ten per cent and spread, rebuilds come every ten seconds", async (t) => {
  const one = await machine(t, { config: { pollIntervalMs: 60_000 } });
  await one.open().settled;
  await one.clock.pass(HOUR);
  const polls = gaps(one.of("fetch.succeeded").map(({ at }) => at));
  t.true(polls.length >= 54 && polls.length <= 67, `${polls.length} polls`);
  t.true(polls.every((ms) => ms >= 54_000 && ms <= 66_000));
  t.true(new Set(polls).size > 10, "they do not all come at the same distance");
  const rebuilds = gaps(
    one
      .of("rebuild.succeeded")
      .map(({ at }) => at)
      .filter((at, index, all) => at !== all[index - 1]),
  );
  t.true(rebuilds.filter((ms) => ms === 10_000).length > 100);
});

test("a remote that fails is asked again soon, later and later, and no later than twice the period", async (t) => {
  const one = await machine(t, { config: { pollIntervalMs: 60_000 } });
  await one.open().settled;
  one.remote.before = () => Promise.reject(new VexilError("VEXIL_CONNECTION_REFUSED", "nobody listens"));
  await one.clock.pass(HOUR);
  const failures = one.of("fetch.failed");
  const waits = gaps(failures.map(({ at }) => at));
  t.true((waits[0] ?? 0) < 10_000);
  t.true((waits[1] ?? 0) > (waits[0] ?? 0));
  t.true(waits.every((ms) => ms <= 120_000));
  t.is(one.status.storage("main")?.state, "stale");
  t.deepEqual(one.served(), { one: true }, "the last good state is served all the while");
  one.remote.before = () => undefined;
  await one.clock.pass(120_000);
  t.is(one.status.storage("main")?.state, "ready");
});

test("a backend that fails once, at the first thing that it is asked for, has failed", async (t) => {
  const backend = mapBackend();
  const one = await machine(t, { backend, remote: null });
  await one.open().settled;
  const { list } = backend.refs;
  let failures = 0;
  backend.refs.list = (prefix) => {
    if (failures > 0) return list(prefix);
    failures += 1;
    return Promise.reject(new VexilError("VEXIL_UNAVAILABLE_STORAGE", "it was away for a moment"));
  };
  await one.clock.pass(10_000);
  t.is(failures, 1);
  t.regex(one.of("rebuild.failed")[0]?.error.message ?? "", /away for a moment/);
  await one.clock.pass(10_000);
  t.is(one.of("rebuild.failed").length, 1);
  t.is(one.status.storage("main")?.state, "ready");
});

test("a hung download delays neither rebuilds nor writes", async (t) => {
  const one = await machine(t, { config: { pollIntervalMs: 30_000 } });
  await one.open().settled;
  one.remote.before = (step, signal) => (step === "list" ? hang(signal) : undefined);
  await one.clock.pass(40_000);
  t.is(one.remote.count("+list") - one.remote.count("-list"), 1, "a poll hangs");
  const rebuilds = one.of("rebuild.succeeded").length;
  const answer = one.write(flag("two", true, "create"));
  await one.clock.until(() => one.of("write.committed").length === 1);
  const { revision } = await answer;
  t.is(one.remote.head(), revision);
  t.deepEqual(one.served(), { one: true, two: true });
  await one.clock.pass(60_000);
  t.true(one.of("rebuild.succeeded").length >= rebuilds + 6);
  t.is(one.remote.count("+list") - one.remote.count("-list"), 1, "and is not asked a second time at once");
});

test("a nudge during a poll is answered by exactly one more, which sees what was pushed meanwhile", async (t) => {
  const one = await machine(t, { config: { pollIntervalMs: HOUR } });
  await one.open().settled;
  let release: () => void = () => undefined;
  let listed = 0;
  one.remote.before = (step) => {
    if (step !== "list") return undefined;
    listed += 1;
    // What the first answer says is settled before somebody pushes.
    return listed === 1
      ? new Promise((resolve) => {
          release = resolve;
        })
      : undefined;
  };
  const first = one.running().nudge();
  await one.clock.until(() => listed === 1);
  const again = [one.running().nudge(), one.running().nudge()];
  let answered = false;
  void again[0]?.then(() => {
    answered = true;
  });
  await one.clock.settle();
  t.false(answered);
  await one.remote.commit({ [FEATURES]: features({ one: false }) });
  release();
  await first;
  await Promise.all(again);
  t.is(listed, 2, "both nudges share one poll");
  t.deepEqual(one.served(), { one: false });
  await one.clock.pass(60_000);
  t.is(listed, 2);
});

test("a strict start fails with what its first poll met, a lenient one goes on", async (t) => {
  const away = new VexilError("VEXIL_CONNECTION_DNS", "no such host");
  for (const fetchPolicy of ["strict", "lenient"] as const) {
    const one = await machine(t, { config: { fetchPolicy } });
    one.remote.before = () => Promise.reject(away);
    const { serving, settled } = one.open();
    const outcome = Promise.allSettled([serving, settled]);
    await one.clock.pass(2_000);
    const expected = fetchPolicy === "strict" ? "rejected" : "fulfilled";
    t.deepEqual(
      (await outcome).map(({ status }) => status),
      [expected, expected],
      fetchPolicy,
    );
  }
});
