import { appendFile, readdir, readFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@vexil/engine/model/clock";
import { ServedJournal } from "@vexil/engine/storage/past/served-journal";
import { SnapshotStore } from "@vexil/engine/storage/state/snapshot-store";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import test, { type ExecutionContext } from "ava";
import { asyncScheduler } from "rxjs";
import { temporaryDirectory } from "../../helpers/files/temporary-directory.js";

const DAY_MS = 86_400_000;
const T0 = Date.parse("2026-01-01T00:00:00Z");
const INFO = {
  key: "e",
  storage: "s",
  default: true,
  branch: "main",
  directory: "",
  remote: undefined,
  base: undefined,
};

/** A clock that the test sets: `passed` is time that went by, `set` what the wall clock was moved by. */
function testClock() {
  let [passed, moved] = [0, 0];
  const clock: Clock = { scheduler: asyncScheduler, now: () => T0 + passed + moved, elapsed: () => passed };
  return { clock, pass: (ms: number) => (passed += ms), set: (ms: number) => (moved += ms) };
}

const revision = (digit: number): string => String(digit).repeat(40);

async function start(t: ExecutionContext, path: string, clock: Clock, daemon: string, bytes = 1_000_000) {
  const snapshots = new SnapshotStore();
  snapshots.declare(INFO);
  const failed = (error: unknown): void => t.fail(String(error));
  const parts = { storage: "s", path, bytes, retentionMs: 30 * DAY_MS, daemon, clock, snapshots, failed };
  const journal = await ServedJournal.open(parts);
  const serve = (digit: number, faulty: readonly string[] = []): void => {
    const quarantined = faulty.map((file) => ({ file, namespace: "n", reason: "r", revision: revision(digit) }));
    const snapshot = { environment: "e", revision: revision(digit), quarantined } as unknown as Snapshot;
    snapshots.publish("e", "s", snapshot, new Set());
  };
  const at = async (ms: number) => {
    const found = await journal.at("e", T0 + ms);
    return found === undefined ? undefined : `${found.revision[0]} by ${found.daemon} since ${found.from - T0}`;
  };
  return { journal, serve, at };
}

async function place(t: ExecutionContext): Promise<string> {
  return join(await temporaryDirectory(t), "kept", "served.jsonl");
}

test("a time names what was served then, also by daemons before, and nothing while none served", async (t) => {
  const path = await place(t);
  const { clock, pass } = testClock();
  const first = await start(t, path, clock, "one");
  pass(1_000);
  first.serve(1);
  pass(1_000);
  first.serve(2, ["a/features.yaml"]);
  first.serve(2, ["a/features.yaml"]);
  t.deepEqual(
    [await first.at(500), await first.at(1_999), await first.at(2_000)],
    [undefined, "1 by one since 1000", "2 by one since 2000"],
  );
  pass(1_000);
  await first.journal.close();
  pass(7_000);
  const second = await start(t, path, clock, "two");
  second.serve(3);
  t.deepEqual(
    [await second.at(1_500), await second.at(2_999), await second.at(3_000), await second.at(9_999)],
    ["1 by one since 1000", "2 by one since 2000", undefined, undefined],
  );
  t.is(await second.at(10_000), "3 by two since 10000");
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  t.is(lines.length, 6, "a state that stays is told once");
  t.true(lines[2]?.includes('"quarantined":["a/features.yaml"]'));
  await second.journal.close();
});

test("a daemon that was killed has served until it was last alive, and its torn line costs nothing else", async (t) => {
  const path = await place(t);
  const { clock, pass } = testClock();
  const first = await start(t, path, clock, "one");
  pass(1_000);
  first.serve(1);
  t.is(await first.at(1_000), "1 by one since 1000");
  await appendFile(path, '{"run":"one/1","environment":"e","revi');
  const last = new Date(T0 + 5_000);
  for (const file of await readdir(join(path, ".."))) await utimes(join(path, "..", file), last, last);
  pass(59_000);
  const second = await start(t, path, clock, "two");
  second.serve(2);
  t.deepEqual(
    [await second.at(4_999), await second.at(5_000), await second.at(60_000)],
    ["1 by one since 1000", undefined, "2 by two since 60000"],
  );
  pass(1_000);
  await second.journal.close();
  const third = await start(t, path, clock, "three");
  t.is(await third.at(60_000), "2 by two since 60000");
  await third.journal.close();
});

test("daemons that keep one journal at a time each tell what they served themselves, and of others what those did", async (t) => {
  const path = await place(t);
  const { clock, pass } = testClock();
  const one = await start(t, path, clock, "one", 4_000);
  one.serve(1);
  pass(10_000);
  const two = await start(t, path, clock, "two", 4_000);
  two.serve(2);
  pass(10_000);
  // The first goes on after the second has begun.
  one.serve(3);
  await one.at(0);
  pass(10_000);
  t.deepEqual(
    [await one.at(5_000), await one.at(15_000), await one.at(25_000)],
    ["1 by one since 0", "1 by one since 0", "3 by one since 20000"],
  );
  // What was before it began it knows of the other; from then on each has its own account.
  t.deepEqual(
    [await two.at(5_000), await two.at(15_000), await two.at(25_000)],
    ["1 by one since 0", "2 by two since 10000", "2 by two since 10000"],
  );
  // Both write more than has room in a file: neither writes to what the other has put aside.
  for (let count = 0; count < 60; count += 1) {
    one.serve(1 + (count % 2));
    two.serve(3 + (count % 2));
    await one.journal.live();
    await two.journal.live();
    pass(1_000);
  }
  const last = [await one.at(89_500), await two.at(89_500)];
  t.deepEqual(last, ["2 by one since 89000", "4 by two since 89000"]);
  await two.journal.close();
  pass(10_000);
  await one.journal.close();
  const third = await start(t, path, clock, "three", 4_000);
  t.deepEqual([await third.at(95_000), await third.at(100_000)], ["2 by one since 89000", undefined]);
  t.true([..."24"].includes((await third.at(89_500))?.[0] ?? ""));
  await third.journal.close();
  const files = await readdir(join(path, ".."));
  t.deepEqual(files.sort(), ["served.jsonl", "served.jsonl.1"]);
});

test("of daemons that keep one journal the one that was killed ends where it was last alive", async (t) => {
  const path = await place(t);
  const { clock, pass } = testClock();
  const [one, two] = [await start(t, path, clock, "one"), await start(t, path, clock, "two")];
  one.serve(1);
  two.serve(2);
  await one.journal.live();
  await two.journal.live();
  // Each says from time to time that it is alive: the first one for the last time now.
  pass(30_000);
  await one.journal.live();
  pass(300_000);
  await two.journal.live();
  const third = await start(t, path, clock, "three");
  t.deepEqual(
    [await third.at(29_000), await third.at(31_000), await third.at(329_000)].map((found) => found?.slice(0, 8)),
    ["2 by two", "2 by two", "2 by two"],
  );
  await two.journal.close();
  await third.journal.close();
  const alone = await start(t, path, clock, "one");
  t.deepEqual([await alone.at(29_000), await alone.at(31_000)], ["1 by one since 0", "2 by two since 0"]);
  await alone.journal.close();
});

test("a clock that is set is marked, and of a time that was twice the later counts", async (t) => {
  const path = await place(t);
  const { clock, pass, set } = testClock();
  const { serve, at, journal } = await start(t, path, clock, "one");
  pass(100_000);
  serve(1);
  pass(100_000);
  serve(2);
  set(-150_000);
  pass(10_000);
  serve(3);
  t.deepEqual([await at(120_000), await at(60_000)], ["3 by one since 60000", "3 by one since 60000"]);
  set(DAY_MS);
  serve(4);
  t.is(await at(DAY_MS + 60_000), "4 by one since 86460000");
  await journal.close();
  const lines = (await readFile(path, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  t.deepEqual(
    lines.map((line) => "break" in line),
    [false, false, false, true, true, false],
  );
});

test("a journal stays within its size, and what is older than its retention is not told", async (t) => {
  const path = await place(t);
  const { clock, pass } = testClock();
  const { serve, at, journal } = await start(t, path, clock, "one", 4_000);
  for (let count = 0; count < 100; count += 1) {
    serve(1 + (count % 9));
    if (count % 10 === 0) await at(0);
    pass(1_000);
  }
  t.is(await at(99_500), "1 by one since 99000");
  await journal.close();
  const files = await readdir(join(path, ".."));
  t.deepEqual(files.sort(), ["served.jsonl", "served.jsonl.1"]);
  for (const file of files) t.true((await stat(join(path, "..", file))).size < 2_600, file);
  const next = await start(t, path, clock, "two", 4_000);
  t.is(await next.at(99_500), "1 by one since 99000");
  pass(31 * DAY_MS);
  t.is(await next.at(99_500), undefined);
  await next.journal.close();
});
