import test, { type ExecutionContext } from "ava";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { Arena } from "../soak/arena.js";
import { CommitGraph, type SeenCommit } from "../soak/commit-graph.js";
import { type Attempt, judge, type Observation } from "../soak/model.js";
import { type Failure, runSchedules } from "../soak/run-schedules.js";
import { REMOTE_KINDS } from "../soak/tested-remote.js";

// Two daemons and native git write to one remote, with faults between any two steps. The seeds differ from run to
// run unless SOAK_SEED is set; a failure says how to run its schedule again.
const BATCHES = 2;
/** Schedules of a batch; those over ssh cost most. */
const BATCH = { http: 12, ssh: 5, file: 8 } as const;
/** Schedules with daemons that are killed, over each kind of remote. */
const KILLED = 3;

const firstSeed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 1e8));
const undo: (() => unknown)[] = [];
const scope: Scope = { teardown: (step) => void undo.push(step) };
let arenas: readonly Arena[] = [];

test.before(async () => {
  arenas = await Promise.all(REMOTE_KINDS.map((remote) => Arena.open(scope, { remote, kills: false })));
});
test.after.always(async () => {
  for (const step of undo.reverse()) await step();
});

function held(t: ExecutionContext, failures: readonly Failure[]): void {
  for (const { again, problems } of failures) t.fail(`${again}\n${problems.join("\n")}`);
  t.is(failures.length, 0);
}

for (let batch = 0; batch < BATCHES; batch++) {
  test.serial(`schedules of three writers hold over http, ssh and file, part ${batch + 1} of ${BATCHES}`, async (t) => {
    t.timeout(240_000);
    const runs = arenas.map((arena) => {
      const schedules = BATCH[arena.options.remote];
      return runSchedules([arena], { schedules, firstSeed: firstSeed + batch * schedules });
    });
    held(t, (await Promise.all(runs)).flat());
  });
}

for (const remote of REMOTE_KINDS) {
  test(`schedules over ${remote} hold with daemons killed at any time`, async (t) => {
    t.timeout(240_000);
    const arena = await Arena.open(t, { remote, kills: true });
    held(t, await runSchedules([arena], { schedules: KILLED, firstSeed }));
  });
}

test("the judge sees what may not be", (t) => {
  const flag = { file: 0, key: "x" } as const;
  const commit = (oid: string, parent: string, marker: string, instance: string | undefined): SeenCommit => ({
    oid,
    parent,
    instance,
    changes: new Map([
      ["s/features.yaml", { added: [`    name: ${marker} # of x`], removed: ["    name: first # of x"] }],
    ]),
  });
  const graph = (...commits: readonly SeenCommit[]): CommitGraph =>
    new CommitGraph("0", new Map(commits.map((made) => [made.oid, made])));
  const attempt: Attempt = {
    ...{ marker: "m1", writer: "a", flag, outcome: "acknowledged", status: 200, revision: "1" },
    ...{ known: "0", alone: true, named: undefined, answeredAt: 10, disturbed: undefined },
  };
  const m1 = commit("1", "0", "m1", "A w1");
  const m2 = { ...attempt, marker: "m2", revision: "2", writer: "b" } as const;
  const well: Observation = {
    attempts: [attempt],
    graph: graph(m1),
    head: "1",
    dropped: new Map(),
    kills: false,
    served: new Map([["a", { revision: "1", names: new Map([["s/x", "m1"]]) }]]),
    names: new Map([["s/x", "m1"]]),
    pathOf: () => "s/features.yaml",
  };
  const problems = (change: Partial<Observation>): string => judge({ ...well, ...change }).join("\n");
  const refused = (status: number, change: Partial<Attempt> = {}): readonly Attempt[] => [
    { ...attempt, revision: undefined, outcome: "refused", status, ...change },
  ];
  const served = well.served;
  t.deepEqual(judge(well), []);
  t.regex(problems({ head: "0", served: new Map() }), /gone from the branch/);
  t.is(problems({ head: "0", served: new Map(), dropped: new Map([["1", 20]]) }), "");
  t.regex(problems({ attempts: refused(409) }), /was refused and is in 1/);
  t.regex(problems({ attempts: [] }), /is not the write of one flag/);
  t.regex(problems({ graph: graph(m1, commit("2", "1", "m1", "A w2")) }), /applied twice: 1 and 2/);

  // A push that landed unseen and was thrown away before the answer may be made again, one that was answered may not.
  const again = { graph: graph(m1, commit("2", "0", "m1", "A w2")), head: "2", served: new Map() };
  const second = { ...attempt, revision: "2" };
  t.is(problems({ ...again, attempts: [second], dropped: new Map([["1", 5]]) }), "");
  t.regex(problems({ ...again, attempts: [second], dropped: new Map([["1", 15]]) }), /is in 1 too/);
  t.regex(problems({ ...again, dropped: new Map([["1", 15]]) }), /is in 2 too/);
  const gone = { head: "0", served: new Map(), names: new Map<string, string>() };
  t.is(problems({ ...gone, attempts: refused(503, { disturbed: "fault" }), dropped: new Map([["1", 5]]) }), "");
  t.regex(problems({ ...gone, attempts: refused(409), dropped: new Map([["1", 15]]) }), /was refused and is in 1/);

  const both = { graph: graph(m1, commit("2", "1", "m2", "B w2")), head: "2", served: new Map() };
  t.regex(problems({ ...both, attempts: [attempt, m2] }), /m2 was written over 1, which its daemon did not know/);
  t.is(problems({ ...both, attempts: [attempt, { ...m2, known: "1" }] }), "");
  t.regex(problems({ ...both, attempts: [attempt, { ...m2, named: "0" }] }), /named 0 and was written on 1/);
  const forced = { graph: graph(m1, commit("2", "0", "m2", "B w2")), head: "2", served: new Map() };
  t.regex(
    problems({ ...forced, dropped: new Map([["1", 15]]), attempts: [attempt, { ...m2, known: "1" }] }),
    /m2 was written over 1/,
  );

  const none = { graph: graph(), head: "0", served: new Map(), names: new Map<string, string>() };
  t.regex(problems({ ...none, attempts: refused(409) }), /nobody had changed its file/);
  t.is(
    problems({
      ...both,
      head: "1",
      graph: graph(m1),
      attempts: [attempt, ...refused(409, { marker: "m3", writer: "b" })],
    }),
    "",
  );
  t.regex(problems({ ...none, attempts: refused(403) }), /which refused nothing/);
  t.is(problems({ ...none, attempts: refused(403, { disturbed: "hook" }) }), "");
  t.regex(problems({ ...none, attempts: refused(503) }), /could be reached/);
  t.regex(problems({ ...none, attempts: refused(500, { disturbed: "fault" }) }), /was answered 500/);
  t.regex(
    problems({ served: new Map([...served, ["b", { revision: "0", names: new Map() }]]) }),
    /daemon b serves 0[\s\S]*serves s\/x as undefined/,
  );
});
