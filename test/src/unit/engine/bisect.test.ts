import type { BisectQuery } from "@vexil/engine/model/bisect";
import { systemClock } from "@vexil/engine/model/clock";
import { bisect } from "@vexil/engine/storage/past/bisect";
import { PastShelf } from "@vexil/engine/storage/past/past-shelf";
import { Timeline } from "@vexil/engine/storage/past/timeline";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { openRepository } from "@vexil/git/repository";
import test from "ava";
import { gitObject, treeObject } from "../../helpers/plugins/local-backend.js";
import { mapBackend } from "../../helpers/plugins/map-backend.js";
import { lots } from "../../helpers/repositories/random-history.js";

const HISTORIES = Number(process.env.VEXIL_BISECT_HISTORIES ?? 60);
const SEED = Number(process.env.VEXIL_BISECT_SEED ?? 1);
const QUERY: BisectQuery = {
  environment: "default",
  namespace: "default",
  flag: "f",
  entityId: "ada",
  context: { role: "staff" },
  all: false,
  fullHistory: false,
};

/** A state: what the answer depends on, and what only looks as if it did. */
interface State {
  readonly enabled: boolean;
  readonly variantOf: "flag" | "segment";
  readonly noise: number;
  readonly other: number;
  readonly elsewhere: number;
}

const features = ({ enabled, variantOf, noise, other }: State): string =>
  [
    "namespace: default",
    "flags:",
    "- key: f",
    `  name: F ${noise}`,
    "  type: BOOLEAN_FLAG_TYPE",
    `  enabled: ${variantOf === "flag" ? enabled : false}`,
    "  rollouts:",
    "  - segment: {key: staff, value: true}",
    `- {key: g, name: G, type: BOOLEAN_FLAG_TYPE, enabled: ${other % 2 === 0}}`,
    "segments:",
    "- key: staff",
    "  name: Staff",
    "  match_type: ALL_MATCH_TYPE",
    "  constraints:",
    `  - {type: STRING_COMPARISON_TYPE, property: role, operator: eq, value: ${variantOf === "segment" && enabled ? "staff" : "nobody"}}`,
    "",
  ].join("\n");

/** A repository in memory whose commits are made one by one. */
function memoryHistory() {
  const backend = mapBackend();
  let made = 0;
  const put = (object: ReturnType<typeof gitObject>): string => {
    backend.stored.set(object.oid, object);
    return object.oid;
  };
  const directory = (name: string, tree: string): Buffer =>
    Buffer.concat([Buffer.from(`40000 ${name}\0`), Buffer.from(tree, "hex")]);
  return {
    backend,
    commit: (state: State, parents: readonly string[]): string => {
      const folder = (text: string): string => put(treeObject({ "features.yaml": put(gitObject("blob", text)) }));
      const own = folder(features(state));
      const elsewhere = folder(`namespace: elsewhere\nflags:\n- {key: h, name: H ${state.elsewhere}}\n`);
      const root = put(
        gitObject("tree", Buffer.concat([directory("default", own), directory("elsewhere", elsewhere)])),
      );
      made += 1;
      const who = `Ada <ada@example.com> ${1_700_000_000 + made * 60} +0000`;
      const head = [
        `tree ${root}`,
        ...parents.map((parent) => `parent ${parent}`),
        `author ${who}`,
        `committer ${who}`,
      ];
      return put(gitObject("commit", `${head.join("\n")}\n\ncommit ${made}\n`));
    },
  };
}

const builder = createSnapshotBuilder();
test.after.always(() => builder.close());

function timelineOf({ backend }: ReturnType<typeof memoryHistory>, head: string): Timeline {
  const info = { key: "default", storage: "s", default: true, branch: "main", directory: "", remote: undefined };
  return new Timeline({
    storage: { id: "s", limits: { ...DEFAULT_FEATURE_LIMITS, packBytes: 0, historyDepth: 10_000 } },
    repository: openRepository(backend),
    builder,
    shelf: new PastShelf(builder),
    clock: systemClock,
    environment: (key) => (key === "default" ? { info: { ...info, base: undefined }, head } : undefined),
    served: () => undefined,
  });
}

const { signal } = new AbortController();

/** Draws a history in which one commit alone changes the answer: on the main line, or on a branch that is merged. */
function plantedHistory(seed: number) {
  const draw = lots(seed);
  const history = memoryHistory();
  const noise = (state: State): State => {
    const field = (["noise", "other", "elsewhere"] as const)[draw(3)] ?? "noise";
    return { ...state, [field]: draw(1_000) };
  };
  const way = draw(2) === 0 ? "flag" : "segment";
  let state: State = { enabled: draw(2) === 0, variantOf: way, noise: 0, other: 0, elsewhere: 0 };
  // Where the flag is off the segment cannot decide: it is off all the time.
  const length = 3 + draw(30);
  const at = 1 + draw(length - 1);
  const first = history.commit(state, []);
  let head = first;
  let planted = "";
  let merge: string | undefined;
  for (let index = 1; index < length; index += 1) {
    if (index !== at) {
      state = noise(state);
      head = history.commit(state, [head]);
    } else if (draw(2) === 0) {
      state = { ...state, enabled: !state.enabled };
      head = history.commit(state, [head]);
      planted = head;
    } else {
      // A side branch with commits before and after the planted one, which lies further back than the last main one.
      let side = history.commit(noise(state), [head]);
      const changed = { ...state, enabled: !state.enabled };
      side = history.commit(changed, [side]);
      planted = side;
      if (draw(2) === 0) side = history.commit({ ...changed, noise: draw(1_000) }, [side]);
      const main = history.commit({ ...state, elsewhere: 2_000 + draw(1_000) }, [head]);
      state = { ...changed, noise: draw(1_000) };
      head = history.commit(state, [main, side]);
      merge = head;
    }
  }
  return { history, first, head, planted, merge };
}

test("bisect finds the planted commit in every history", async (t) => {
  t.timeout(10 * 60_000);
  for (let index = 0; index < HISTORIES; index += 1) {
    const seed = SEED * 100_000 + index;
    const { history, first, head, planted, merge } = plantedHistory(seed);
    const past = timelineOf(history, head);
    const line = await bisect(past, { ...QUERY, from: first }, { signal });
    t.deepEqual(
      line.changes.map(({ revision }) => revision),
      [merge ?? planted],
      `seed ${seed}`,
    );
    t.true(line.complete);
    const full = await bisect(past, { ...QUERY, from: first, fullHistory: true }, { signal });
    t.deepEqual(
      full.changes.map(({ revision }) => revision),
      [planted],
      `seed ${seed}, full history`,
    );
    const all = await bisect(past, { ...QUERY, from: first, fullHistory: true, all: true }, { signal });
    t.deepEqual(
      all.changes.map(({ revision }) => revision),
      [planted],
      `seed ${seed}, all of the full history`,
    );
  }
});

test("commits that touch neither the flag nor its segments are not evaluated", async (t) => {
  const history = memoryHistory();
  let state: State = { enabled: false, variantOf: "flag", noise: 0, other: 0, elsewhere: 0 };
  const first = history.commit(state, []);
  state = { ...state, enabled: true };
  let head = history.commit(state, [first]);
  const planted = head;
  for (let count = 1; count <= 50; count += 1) {
    state = { ...state, other: count, elsewhere: count };
    head = history.commit(state, [head]);
  }
  const found = await bisect(timelineOf(history, head), QUERY, { signal });
  t.is(found.changes[0]?.revision, planted);
  t.deepEqual([found.commits, found.evaluated], [51, 2]);
});

test("every change is told with what it was before and after, a value alone where one is expected", async (t) => {
  const history = memoryHistory();
  const state: State = { enabled: false, variantOf: "flag", noise: 0, other: 0, elsewhere: 0 };
  const commits: string[] = [];
  for (const [index, enabled] of [false, true, true, false, true].entries()) {
    commits.push(history.commit({ ...state, enabled, noise: index }, commits.slice(-1)));
  }
  const past = timelineOf(history, commits.at(-1) ?? "");
  const all = await bisect(past, { ...QUERY, all: true }, { signal });
  t.deepEqual(
    all.changes.map(({ revision }) => commits.indexOf(revision)),
    [4, 3, 1, 0],
  );
  const [latest, , , oldest] = all.changes;
  t.deepEqual(
    [latest?.before, latest?.after].map((answer) => answer?.type === "boolean" && answer.result.enabled),
    [false, true],
  );
  t.is(oldest?.before, undefined);
  t.deepEqual(
    latest?.items.map(({ type, key }) => [type, key]),
    [["flag", "f"]],
  );

  const expected = await bisect(past, { ...QUERY, all: true, expect: "true" }, { signal });
  t.deepEqual(
    expected.changes.map(({ revision }) => commits.indexOf(revision)),
    [4, 3, 1],
  );
  const within = await bisect(past, { ...QUERY, all: true, from: commits[1] ?? "", to: "HEAD~1" }, { signal });
  t.deepEqual(
    within.changes.map(({ revision }) => commits.indexOf(revision)),
    [3],
  );
  const nothing = await bisect(past, { ...QUERY, flag: "unknown" }, { signal });
  t.deepEqual([nothing.changes, nothing.complete, nothing.known], [[], true, false]);
  t.true(within.known);
  const backwards = bisect(past, { ...QUERY, from: "HEAD", to: "HEAD~2" }, { signal });
  t.regex((await t.throwsAsync(backwards))?.message ?? "", /younger/);
});

test("a value that the flag never could give is refused, one that it never gave is not", async (t) => {
  const history = memoryHistory();
  const state: State = { enabled: true, variantOf: "flag", noise: 0, other: 0, elsewhere: 0 };
  const first = history.commit(state, []);
  const past = timelineOf(history, history.commit({ ...state, noise: 1 }, [first]));
  const error = await t.throwsAsync(bisect(past, { ...QUERY, expect: "maybe" }, { signal }));
  t.is(error?.message, 'expect: flag f never gives "maybe": name a value that it has, or had');
  t.deepEqual((await bisect(past, { ...QUERY, expect: "false" }, { signal })).changes, []);
});
