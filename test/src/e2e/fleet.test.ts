import test from "ava";
import { openFleet } from "../soak/fleet/fleet.js";
import { FleetRun } from "../soak/fleet/fleet-run.js";

// Two daemons on one database and edges of them, while each is killed, cut off, or without its database. The seed differs
// from run to run unless SOAK_SEED is set; a failure names it.
const STEPS = Number(process.env.SOAK_FLEET ?? 40);
const seed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 1e8));

test("a fleet loses no acknowledged change, answers every read, and agrees in the end", async (t) => {
  t.timeout(600_000);
  const run = new FleetRun(await openFleet(t), seed);
  const { problems, acknowledged, reads } = await run.run((steps) => steps >= STEPS);
  t.deepEqual(problems, [], `SOAK_SEED=${seed} SOAK_FLEET=${STEPS}`);
  t.true(acknowledged > 0 && reads > STEPS);
});
