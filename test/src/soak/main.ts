// npm run soak -- --schedules N [--seed S] [--kills] [--arenas N]: schedules of three writers on one remote.
import { parseArgs } from "node:util";
import { Arena } from "./arena.js";
import { runSchedules } from "./run-schedules.js";

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "300" },
    seed: { type: "string" },
    kills: { type: "boolean", default: false },
    arenas: { type: "string", default: "3" },
  },
});
const firstSeed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
const undo: (() => unknown)[] = [];
const scope = { teardown: (step: () => unknown) => void undo.push(step) };
console.log(`${values.schedules} schedules from seed ${firstSeed}${values.kills ? ", with kills" : ""}`);
const count = Math.min(Number(values.arenas), Number(values.schedules));
const arenas = await Promise.all(Array.from({ length: count }, () => Arena.open(scope, values.kills)));
let done = 0;
const failures = await runSchedules(arenas, {
  schedules: Number(values.schedules),
  firstSeed,
  kills: values.kills,
  onDone: ({ seed, again, problems }) => {
    done += 1;
    if (done % 50 === 0) console.log(`${done} done`);
    if (problems.length > 0) console.log(`seed ${seed} failed; again: ${again}\n  ${problems.join("\n  ")}`);
  },
});
for (const step of undo.reverse()) await step();
console.log(failures.length === 0 ? "all held" : `${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
