import { StatusBoard } from "@vexil/engine/observe/status-board";
import { LookTime } from "@vexil/engine/storage/state/look-time";
import { SnapshotStore } from "@vexil/engine/storage/state/snapshot-store";
import { UnservedNamespaces } from "@vexil/engine/storage/state/unserved-namespaces";
import test from "ava";
import { VirtualClock } from "../../helpers/machine/virtual-clock.js";
import { storageConfig } from "../../helpers/plugins/plugin-config.js";

test("who does not hold the lease has no next poll, also when it was lost between two polls", (t) => {
  const board = new StatusBoard([storageConfig("memory")], new SnapshotStore(), new VirtualClock());
  const at = { storage: "main", at: 1000 } as const;
  t.false("leaseHeld" in (board.storage("main") ?? {}), "not known, or not shared");
  board.apply({ ...at, type: "lease.changed", held: true });
  board.apply({
    ...at,
    type: "fetch.succeeded",
    revision: undefined,
    changed: false,
    bytes: 0,
    durationMs: 1,
    nextAt: 31_000,
  });
  t.like(board.storage("main"), { nextPoll: 31_000, leaseHeld: true });
  board.apply({ ...at, type: "lease.changed", held: false });
  t.like(board.storage("main"), { nextPoll: undefined, leaseHeld: false });
});

test("how old a state is does not depend on what the wall clock is set to", (t) => {
  const clock = new VirtualClock();
  const board = new StatusBoard([storageConfig("memory")], new SnapshotStore(), clock);
  const age = (): number | undefined => board.storage("main")?.stalenessSeconds;
  clock.scheduler.frame += 5_000;
  t.is(age(), 5);
  board.apply({
    storage: "main",
    at: clock.now(),
    type: "fetch.succeeded",
    revision: undefined,
    changed: false,
    bytes: 0,
    durationMs: 1,
    nextAt: clock.now() + 30_000,
  });
  clock.set(-3_600_000);
  clock.scheduler.frame += 20_000;
  t.is(age(), 20);
  clock.set(7_200_000);
  t.is(age(), 20);
});

test("of unserved namespaces by the ten thousand some are named, and the rest is counted", (t) => {
  const unserved = new UnservedNamespaces(new LookTime(new VirtualClock()));
  const names = Array.from({ length: 20_000 }, (_, index) => `n${index}`);
  unserved.note("default", names, "exhausted");
  unserved.note("other", names, "exhausted");
  const board = new StatusBoard([storageConfig("memory")], new SnapshotStore(), new VirtualClock());
  board.apply({
    ...{ storage: "main", at: 1000, type: "namespaces.unserved" },
    ...{ unserved: unserved.all(), omitted: unserved.omitted },
  });
  const { unservedNamespaces = [], warnings = [] } = board.storage("main") ?? {};
  t.true(unservedNamespaces.length <= 1_000);
  t.deepEqual(warnings, [`${40_000 - unservedNamespaces.length} more faulty namespaces are not served`]);
});
