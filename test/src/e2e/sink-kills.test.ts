import test from "ava";
import { killRounds } from "../helpers/sinks/kill-rounds.js";

const ROUNDS = Number(process.env.VEXIL_KILL_ROUNDS ?? 3);
const SEED = Number(process.env.VEXIL_KILL_SEED ?? 1);

for (const backend of ["local", "memory"] as const) {
  test(`a daemon that is killed at random moments tells each sink all, in order (${backend})`, async (t) => {
    t.timeout(300_000);
    for (const { sink, came, repeats, problems } of await killRounds(t, { rounds: ROUNDS, seed: SEED, backend })) {
      t.deepEqual(problems, [], sink);
      t.true(came > ROUNDS / 2);
      t.log(`${sink}: ${came} events, ${repeats} of them repeated`);
    }
  });
}
