import { Pruner } from "@vexil/engine/storage/state/pruner";
import type { Backend } from "@vexil/plugin-api";
import test from "ava";
import { VirtualClock } from "../../helpers/machine/virtual-clock.js";
import { mapBackend } from "../../helpers/plugins/map-backend.js";

test("polls that fail again and again do not put off that their objects go, and those of the last one go as well", async (t) => {
  const clock = new VirtualClock();
  const pruned: number[] = [];
  const backend: Backend = { ...mapBackend(), prune: async () => void pruned.push(clock.elapsed()) };
  const pruner = new Pruner(backend, clock, true, undefined);
  const start = clock.elapsed();
  for (let second = 1; second <= 40; second += 1) {
    await clock.pass(1_000);
    if (second <= 20 && second % 3 === 0) pruner.later();
    await pruner.ifDue();
  }
  const after = pruned.map((at) => (at - start) / 1_000);
  t.true(after.length >= 2, after.join());
  t.true((after[0] ?? 0) <= 14, "the first ones go while others still fail");
  t.true((after.at(-1) ?? 0) > 18 + 10, "the last ones go once they are old enough");
});
