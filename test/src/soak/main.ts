// npm run soak -- --schedules N [--seed S] [--remote http|ssh|file] [--kills] [--arenas N]: schedules of three writers
// on one remote; on remotes of all kinds unless one is named.
import { parseArgs } from "node:util";
import { Arena } from "./arena.js";
import { runSchedules } from "./run-schedules.js";
import { REMOTE_KINDS } from "./tested-remote.js";

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "300" },
    seed: { type: "string" },
    remote: { type: "string" },
    kills: { type: "boolean", default: false },
    arenas: { type: "string", default: "3" },
  },
});
const kinds = REMOTE_KINDS.filter((kind) => values.remote === undefined || values.remote === kind);
if (kinds.length === 0) throw new Error(`--remote is one of ${REMOTE_KINDS.join(", ")}`);
const firstSeed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
const schedules = Number(values.schedules);
const undo: (() => unknown)[] = [];
const scope = { teardown: (step: () => unknown) => void undo.push(step) };
console.log(
  `${schedules} schedules from seed ${firstSeed} over ${kinds.join(", ")}${values.kills ? ", with kills" : ""}`,
);
let done = 0;
const runs = kinds.map(async (remote, index) => {
  const share = Math.floor(schedules / kinds.length) + (index < schedules % kinds.length ? 1 : 0);
  const count = Math.min(Math.ceil(Number(values.arenas) / kinds.length), share);
  const options = { remote, kills: values.kills };
  const arenas = await Promise.all(Array.from({ length: count }, () => Arena.open(scope, options)));
  return runSchedules(arenas, {
    schedules: share,
    firstSeed,
    onDone: ({ again, problems }) => {
      done += 1;
      if (done % 50 === 0) console.log(`${done} done`);
      if (problems.length > 0) console.log(`failed; again: ${again}\n  ${problems.join("\n  ")}`);
    },
  });
});
const failures = (await Promise.all(runs)).flat();
for (const step of undo.reverse()) await step();
console.log(failures.length === 0 ? "all held" : `${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
