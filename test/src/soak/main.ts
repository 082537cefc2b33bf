// npm run soak -- --schedules N [--seed S] [--remote http|ssh|file] [--kills] [--arenas N]: schedules of three writers
// on one remote; on remotes of all kinds unless one is named.
// npm run soak -- hostile [--cases N] [--seed S] [--minutes M]: hostile files, packs, ref lists and requests against a
// running daemon; how long it was silent, what memory it took, and what was lost.
// npm run soak -- enforced [--rounds N] [--seed S]: pushes whose tests fail, to a daemon that enforces tests and is
// killed; whether one was ever served.
// npm run soak -- sink-kills [--rounds N] [--seed S]: a daemon with sinks that is killed again and again; what was lost, or
// came out of order.
// npm run soak -- sink-outage [--commits N] [--pause MS]: commits, 250 at a time, while a sink is away; whether all is told
// afterwards, and what memory it took.
// npm run soak -- fleet [--minutes M] [--seed S]: two daemons on one database and edges of them, which are killed, cut off and
// left without their database while they are written to and read; what was lost, not answered, or not agreed on.
// npm run soak -- git-serve [--rounds N] [--seed S]: random histories, fetched from git's own server and from Vexil with the
// same options; whether both give the same.
// npm run soak -- console [--commits N | --minutes M]: commits whose events pages of the console follow, as fast as they
// are shown or one every two seconds; whether heaps, nodes and listeners stay as they are.
import { parseArgs } from "node:util";
import { consoleMain } from "./console-main.js";
import { enforcedMain } from "./enforced-main.js";
import { fleetMain } from "./fleet/fleet-main.js";
import { gitServeMain } from "./git-serve-main.js";
import { hostileMain } from "./hostile/hostile-main.js";
import { killsMain } from "./kills-main.js";
import { outageMain } from "./outage-main.js";
import { schedulesMain } from "./schedules-main.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    schedules: { type: "string", default: "300" },
    seed: { type: "string" },
    remote: { type: "string" },
    kills: { type: "boolean", default: false },
    arenas: { type: "string", default: "3" },
    commits: { type: "string", default: "10000" },
    pause: { type: "string", default: "3000" },
    rounds: { type: "string", default: "200" },
    cases: { type: "string", default: "10000" },
    minutes: { type: "string" },
  },
});
const [what = "schedules"] = positionals;
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
const MINUTES = 45;
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e8) : Number(values.seed);
if (what === "hostile") {
  await hostileMain({ cases: Number(values.cases), seed, minutes: minutes ?? MINUTES });
} else if (what === "enforced") {
  await enforcedMain({ rounds: Number(values.rounds), seed });
} else if (what === "fleet") {
  await fleetMain({ minutes: minutes ?? MINUTES, seed });
} else if (what === "git-serve") {
  await gitServeMain({ rounds: Number(values.rounds), seed });
} else if (what === "sink-kills") {
  await killsMain({ rounds: Number(values.rounds), seed });
} else if (what === "sink-outage") {
  await outageMain({ commits: Number(values.commits), pauseMs: Number(values.pause) });
} else if (what === "console") {
  await consoleMain({ commits: Number(values.commits), minutes });
} else if (what === "schedules") {
  const { remote, kills } = values;
  await schedulesMain({
    schedules: Number(values.schedules),
    arenas: Number(values.arenas),
    firstSeed: seed,
    remote,
    kills,
  });
} else
  throw new Error(
    `soak runs console, enforced, fleet, git-serve, hostile, schedules, sink-kills or sink-outage, not ${what}`,
  );
