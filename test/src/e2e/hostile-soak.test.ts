import test from "ava";
import { runHostileSoak } from "../soak/hostile/hostile-soak.js";

const CASES = 200;
const MEGABYTE = 2 ** 20;

test("hostile files, packs, ref lists and requests end nothing, lose nothing and silence nothing for long", async (t) => {
  t.timeout(600_000);
  const seed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 1e8));
  const again = `npm run soak -- hostile --cases ${CASES} --seed ${seed}`;
  const report = await runHostileSoak(t, {
    ...{ cases: CASES, seed, phases: 2, settleMs: 0 },
    until: Date.now() + 120_000,
  });
  const { health, innocent, memory } = report;
  t.deepEqual(report.deaths, [], again);
  t.deepEqual(innocent.lost, [], again);
  t.true(innocent.writes - innocent.refused > 0 && innocent.reads > 0, again);
  t.deepEqual([innocent.failedReads, health.failures], [0, 0], `${again} ${JSON.stringify([innocent, health])}`);
  // Bounds for machines that do much else; the soak itself holds it to less.
  t.true(health.longestSilenceMs < 30_000, `${health.longestSilenceMs} ms; ${again}`);
  t.true(memory.primaryBytes < 1_000 * MEGABYTE, `${memory.primaryBytes} bytes; ${again}`);
});
