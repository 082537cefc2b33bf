import { StatusBoard } from "@vexil/engine/observe/status-board";
import { SnapshotStore } from "@vexil/engine/storage/state/snapshot-store";
import test from "ava";
import { storageConfig } from "../../helpers/plugins/plugin-config.js";

test("who does not hold the lease has no next poll, also when it was lost between two polls", (t) => {
  const board = new StatusBoard([storageConfig("memory")], new SnapshotStore(), () => 1000);
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
