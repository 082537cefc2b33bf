import test, { type ExecutionContext } from "ava";
import type { Scope } from "../helpers/temporary-directory.js";
import { Arena } from "../soak/arena.js";
import { judge, type Observation } from "../soak/model.js";
import { runSchedules } from "../soak/run-schedules.js";

// Two daemons and native git write to one remote, with faults between any two steps. The seeds differ from run to
// run unless SOAK_SEED is set; a failure says how to run its schedule again.
const SCHEDULES = 300;
const AT_ONCE = 25;
const KILLED = 12;

const firstSeed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 1e8));
const undo: (() => unknown)[] = [];
const scope: Scope = { teardown: (step) => void undo.push(step) };
let arenas: readonly Arena[] = [];

test.before(async () => {
  arenas = await Promise.all([1, 2, 3].map(() => Arena.open(scope, false)));
});
test.after.always(async () => {
  for (const step of undo.reverse()) await step();
});

function held(t: ExecutionContext, failures: Awaited<ReturnType<typeof runSchedules>>): void {
  for (const { again, problems } of failures) t.fail(`${again}\n${problems.join("\n")}`);
  t.is(failures.length, 0);
}

for (let first = 0; first < SCHEDULES; first += AT_ONCE) {
  test.serial(`schedules ${first + 1} to ${first + AT_ONCE} of three writers hold`, async (t) => {
    t.timeout(180_000);
    held(t, await runSchedules(arenas, { schedules: AT_ONCE, firstSeed: firstSeed + first, kills: false }));
  });
}

test.serial("schedules hold with daemons killed at any time", async (t) => {
  t.timeout(180_000);
  const processes = await Promise.all([Arena.open(t, true), Arena.open(t, true)]);
  held(t, await runSchedules(processes, { schedules: KILLED, firstSeed, kills: true }));
});

test("the judge sees what may not be", (t) => {
  const flag = { file: 0, key: "x" } as const;
  const line = (marker: string): string => `    name: ${marker} # of x`;
  const commit = (oid: string, parent: string, marker: string, instance: string | undefined) =>
    [
      oid,
      {
        oid,
        parent,
        instance,
        changes: new Map([["s/features.yaml", { added: [line(marker)], removed: [line("first")] }]]),
      },
    ] as const;
  const attempt = { flag, writer: "a", outcome: "acknowledged", known: "0" } as const;
  const well: Observation = {
    attempts: [{ ...attempt, marker: "m1", revision: "1" }],
    commits: new Map([commit("1", "0", "m1", "A w1")]),
    reachable: new Set(["1"]),
    dropped: new Set(),
    head: "1",
    served: new Map([["a", { revision: "1", names: new Map([["s/x", "m1"]]) }]]),
    names: new Map([["s/x", "m1"]]),
    pathOf: () => "s/features.yaml",
  };
  t.deepEqual(judge(well), []);
  const problems = (change: Partial<Observation>): string => judge({ ...well, ...change }).join("\n");
  t.regex(problems({ reachable: new Set() }), /gone from the branch/);
  t.is(problems({ reachable: new Set(), dropped: new Set(["1"]) }), "");
  t.regex(
    problems({ attempts: [{ ...attempt, marker: "m1", revision: undefined, outcome: "refused" }] }),
    /was refused and is in 1/,
  );
  t.regex(problems({ attempts: [] }), /is not the write of one flag/);
  t.regex(
    problems({ commits: new Map([commit("1", "0", "m1", "A w1"), commit("2", "1", "m1", "A w2")]) }),
    /applied 2 times/,
  );
  t.regex(
    problems({
      attempts: [
        { ...attempt, marker: "m1", revision: "1" },
        { ...attempt, marker: "m2", revision: "2", writer: "b" },
      ],
      commits: new Map([commit("1", "0", "m1", "A w1"), commit("2", "1", "m2", "B w2")]),
      reachable: new Set(["1", "2"]),
    }),
    /written over 1, which its daemon did not know/,
  );
  t.regex(
    problems({ served: new Map([["b", { revision: "0", names: new Map() }]]) }),
    /daemon b serves 0[\s\S]*serves s\/x as undefined/,
  );
});
