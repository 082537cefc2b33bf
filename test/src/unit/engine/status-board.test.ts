import { StatusBoard } from "@vexil/engine/observe/status-board";
import { SnapshotStore } from "@vexil/engine/storage/state/snapshot-store";
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
