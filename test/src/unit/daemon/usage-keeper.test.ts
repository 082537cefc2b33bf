import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AnalyticsConfig } from "@vexil/config/config";
import type { Clock } from "@vexil/engine/model/clock";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import test, { type ExecutionContext } from "ava";
import { asyncScheduler, NEVER } from "rxjs";
import type { EvaluationCount } from "../../../../daemon/dist/usage/evaluation-count.js";
import { hourOf } from "../../../../daemon/dist/usage/hour-counts.js";
import { UsageKeeper } from "../../../../daemon/dist/usage/usage-keeper.js";
import { recorder } from "../../helpers/daemon/recorder.js";
import { temporaryDirectory } from "../../helpers/files/temporary-directory.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const T0 = Date.parse("2026-03-01T10:30:00Z");
const PLACE = ["e", "default", "banner"] as const;
const ONCE: EvaluationCount = [...PLACE, "true", "MATCH_EVALUATION_REASON", 1];

/** A clock that the test sets: `passed` is time that went by, `set` what the wall clock was moved by. */
function testClock() {
  let [passed, moved] = [0, 0];
  const clock: Clock = { scheduler: asyncScheduler, now: () => T0 + passed + moved, elapsed: () => passed };
  return { clock, pass: (ms: number) => (passed += ms), set: (ms: number) => (moved += ms) };
}

const CONFIG: AnalyticsConfig = {
  counts: true,
  retentionMs: 3 * DAY_MS,
  path: undefined,
  flushMs: 10_000,
  prometheus: undefined,
};

/** One environment with one namespace, which has these flags. */
function serving(...flags: readonly string[]): SnapshotReader {
  const namespace = { key: "default", flags: new Map(flags.map((key) => [key, {}])) };
  const served = { info: { key: "e" }, snapshot: { namespaces: new Map([["default", namespace]]) } };
  return { all: () => [served], get: () => served, changes$: NEVER } as never;
}

async function keeping(t: ExecutionContext) {
  const time = testClock();
  const directory = join(await temporaryDirectory(t), "usage");
  const { logger, lines } = recorder();
  const open = (changes: Partial<AnalyticsConfig> = {}, snapshots = serving("banner")): UsageKeeper => {
    const config = { ...CONFIG, ...changes };
    const parts = { config: () => config, snapshots, clock: time.clock, logger, directory };
    const keeper = new UsageKeeper(parts);
    keeper.start();
    t.teardown(() => keeper.stop());
    return keeper;
  };
  return { ...time, directory, lines, open };
}

const total = (keeper: UsageKeeper): number =>
  keeper.of(PLACE)?.answers.reduce((sum, { counts }) => sum + counts.sum(0, hourOf(keeper.now) + 100), 0) ?? 0;

test("counts of several runs of one hour add up", async (t) => {
  const { open } = await keeping(t);
  for (let run = 1; run <= 3; run += 1) {
    const keeper = open();
    await keeper.settle();
    t.is(total(keeper), run - 1);
    keeper.take([ONCE]);
    await keeper.stop();
  }
});

test("what is older than the retention is forgotten, in memory and on the disk", async (t) => {
  const { open, pass, directory } = await keeping(t);
  const keeper = open();
  keeper.take([ONCE]);
  await keeper.flush();
  t.is((await readdir(directory)).length, 1);
  pass(11 * 60_000);
  await keeper.tick();
  t.is(total(keeper), 1);
  for (let hour = 0; hour < 5 * 24; hour += 1) {
    pass(HOUR_MS);
    await keeper.tick();
  }
  t.is(total(keeper), 0);
  const names = await readdir(directory);
  t.false(
    names.some((name) => name.startsWith("2026-03-01")),
    names.join(),
  );
  t.is(keeper.of(PLACE)?.last, T0, "when it was evaluated last is still known");
  await keeper.stop();
  const next = open();
  await next.settle();
  t.is(next.of(PLACE)?.first, T0);
  t.is(next.of(PLACE)?.last, T0, "after a restart, too");
});

test("a clock that is set wrong for a while costs no counts", async (t) => {
  const { open, pass, set } = await keeping(t);
  const keeper = open();
  keeper.take([ONCE]);
  pass(HOUR_MS);
  await keeper.tick();
  for (const years of [70, -50]) {
    set(years * 365 * DAY_MS);
    keeper.take([ONCE]);
    for (let turn = 0; turn < 4; turn += 1) {
      pass(60_000);
      await keeper.tick();
    }
    set(-years * 365 * DAY_MS);
    await keeper.tick();
  }
  const [from, to] = [hourOf(T0), hourOf(T0 + 2 * HOUR_MS)];
  t.is(keeper.of(PLACE)?.answers[0]?.counts.sum(from, to), 1);
  await keeper.stop();
  const next = open();
  await next.settle();
  t.is(next.of(PLACE)?.answers[0]?.counts.sum(from, to), 1);
});

test("counts that cannot be written are written once they can, and it is told once each time", async (t) => {
  const { open, pass, directory, lines } = await keeping(t);
  await writeFile(directory, "a file where a directory should be");
  const keeper = open();
  keeper.take([ONCE]);
  await keeper.flush();
  pass(HOUR_MS);
  keeper.take([ONCE]);
  await keeper.flush();
  const unkept = () => lines.filter(({ event }) => event === "usage.unkept").length;
  t.is(unkept(), 1);
  await rm(directory);
  await keeper.flush();
  t.is((await readdir(directory)).length, 2, "a file for each hour");
  await keeper.stop();
  const next = open();
  await next.settle();
  t.is(total(next), 2);
});

test("flags that nobody evaluates are noted, with since when they are known", async (t) => {
  const { open, pass } = await keeping(t);
  const keeper = open();
  await keeper.flush();
  await keeper.stop();
  pass(40 * DAY_MS);
  const next = open();
  await next.settle();
  t.is(next.of(PLACE)?.first, T0);
  t.is(next.of(PLACE)?.last, undefined);
});

test("a large state is noted once, and not again with each count of its hour", async (t) => {
  const { open, pass, directory } = await keeping(t);
  const flags = ["banner", ...Array.from({ length: 5_000 }, (_, index) => `flag-${index}`)];
  const sizes = async (): Promise<readonly number[]> => {
    const found = await Promise.all((await readdir(directory)).map((name) => stat(join(directory, name))));
    return found.map(({ size }) => size).sort((a, b) => b - a);
  };
  const keeper = open({}, serving(...flags));
  await keeper.flush();
  const [all = 0, ...others] = await sizes();
  t.true(all > 1_000);
  t.deepEqual(others, []);
  keeper.take([ONCE]);
  await keeper.flush();
  const [same, counted = 0] = await sizes();
  t.is(same, all);
  t.true(counted < 1_000, "it has the one flag that was evaluated");
  await keeper.stop();
  pass(40 * DAY_MS);
  const next = open();
  await next.settle();
  t.is(next.of(["e", "default", "flag-4999"])?.first, T0);
  t.is(next.of(PLACE)?.last, T0);
});

test("a large state is noted once a day, however often the daemon starts", async (t) => {
  const { open, pass, directory } = await keeping(t);
  const flags = Array.from({ length: 5_000 }, (_, index) => `flag-${index}`);
  const run = async (...more: readonly string[]): Promise<UsageKeeper> => {
    const keeper = open({}, serving(...flags, ...more));
    await keeper.flush();
    await keeper.stop();
    return keeper;
  };
  const large = async (): Promise<number> => {
    const sizes = await Promise.all((await readdir(directory)).map((name) => stat(join(directory, name))));
    return sizes.filter(({ size }) => size > 1_000).length;
  };
  for (let start = 0; start < 3; start += 1) {
    await run();
    t.is(await large(), 1);
    pass(HOUR_MS);
  }
  await run("banner");
  t.is((await readdir(directory)).length, 2, "one that is new is noted");
  t.is(await large(), 1);
  pass(DAY_MS);
  t.is((await run()).of(["e", "default", "flag-7"])?.first, T0);
  t.is(await large(), 2, "so that it lasts");
});

test("where counting is off nothing is kept", async (t) => {
  const { open, directory } = await keeping(t);
  const keeper = open({ counts: false });
  keeper.take([ONCE]);
  await keeper.stop();
  t.is(keeper.of(PLACE), undefined);
  await t.throwsAsync(readdir(directory), { code: "ENOENT" });
});

test("names that objects have of themselves are names like others", async (t) => {
  const { open } = await keeping(t);
  const keeper = open();
  const place = ["__proto__", "constructor", "toString"] as const;
  keeper.take([[...place, "__proto__", "MATCH_EVALUATION_REASON", 2]]);
  await keeper.stop();
  const next = open();
  await next.settle();
  t.is(next.of(place)?.answers[0]?.value, "__proto__");
});

test("files of a later version are left alone, and told", async (t) => {
  const { open, directory, lines } = await keeping(t);
  await mkdir(directory);
  const { gzipSync } = await import("node:zlib");
  const name = "2026-03-01T09.00ff.json.gz";
  await writeFile(join(directory, name), gzipSync('{"version":2,"flags":[]}'));
  const keeper = open();
  await keeper.settle();
  t.deepEqual(
    lines.map(({ event }) => event),
    ["usage.unread"],
  );
  t.true((await readdir(directory)).includes(name));
});

test("where not all answers are counted any more it is told once, and whoever asks learns it", async (t) => {
  const { open, lines } = await keeping(t);
  const keeper = open();
  const answers = (from: number, count: number): readonly EvaluationCount[] =>
    Array.from({ length: count }, (_, index) => [...PLACE, `v${from + index}`, "MATCH_EVALUATION_REASON", 1]);
  keeper.take(answers(0, 100_000));
  t.false(keeper.isFull);
  keeper.take(answers(0, 100_002));
  t.true(keeper.isFull);
  t.is(total(keeper), 200_000);
  t.deepEqual(
    lines.map(({ event }) => event),
    ["usage.full"],
  );
});
