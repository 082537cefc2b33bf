import test, { type ExecutionContext } from "ava";
import { PostgresArena } from "../soak/postgres-arena.js";

// Three daemons on one database write while it is restarted, frozen and cut off, and while the one that polls is killed.
// The seeds differ from run to run unless SOAK_SEED is set; a failure names its seed.
const SCHEDULES = Number(process.env.SOAK_POSTGRES ?? 8);

const firstSeed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 1e8));
const seeds = Array.from({ length: SCHEDULES }, (_, index) => firstSeed + index);

async function hold(t: ExecutionContext, remote: boolean): Promise<void> {
  t.timeout(120_000 + SCHEDULES * 20_000);
  const arena = await PostgresArena.open(t, { remote, seeds });
  for (const seed of seeds) t.deepEqual(await arena.run(seed), [], `SOAK_SEED=${seed} SOAK_POSTGRES=1`);
}

test("schedules of three daemons on one database hold", (t) => hold(t, false));

test("schedules of three daemons on one database with native git on the remote hold", (t) => hold(t, true));
