import test, { type ExecutionContext } from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into, and asserted on, member by member
type Json = any;

const FLAGS = `namespace: default
flags:
  - key: dark
    name: Dark
    type: BOOLEAN_FLAG_TYPE
    enabled: false
    rollouts:
      - segment: { key: testers, value: true }
      - threshold: { percentage: 0, value: true }
  - key: theme
    name: Theme
    enabled: true
    variants: [{ key: plain, default: true }, { key: blue, attachment: { hex: "#00f" } }]
    rules:
      - segment: testers
        distributions: [{ variant: blue, rollout: 100 }]
segments:
  - key: testers
    name: Testers
    match_type: ALL_MATCH_TYPE
    constraints:
      - { type: STRING_COMPARISON_TYPE, property: plan, operator: eq, value: beta }
`;

interface Started {
  readonly repository: TemporaryRepository;
  readonly commits: readonly string[];
  readonly post: (path: string, body: unknown) => Promise<{ status: number; body: Json }>;
}

/** A daemon over three commits: the flags, another segment's value by Grace, and a file beside them. */
async function start(t: ExecutionContext, more: Readonly<Record<string, unknown>> = {}): Promise<Started> {
  const repository = await temporaryRepository(t);
  const first = await repository.commit({ "default/features.yaml": FLAGS.replace("beta", "alpha") });
  const second = await repository.commit(
    { "default/features.yaml": FLAGS },
    { author: "Grace \u001b[31m <grace@example.com>" },
  );
  const third = await repository.commit({ "README.md": "flags" });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
    ...more,
  });
  await (await daemon.start()).settled;
  const post: Started["post"] = async (path, body) => {
    const answer = await fetch(`${daemon.url()}${path}`, { method: "POST", body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  return { repository, commits: [first, second, third], post };
}

/** Without what differs from one evaluation to the next. */
function lasting({ requestId: _, timestamp: __, requestDurationMillis: ___, ...rest }: Json): Json {
  return rest;
}

const EXPLAIN = "/evaluate/v1/explain";

test("an explanation has the evaluation, its steps, their places and the last change of each", async (t) => {
  const { commits, post } = await start(t);
  const request = { flagKey: "dark", entityId: "ada", context: { plan: "free" } };
  const [{ status, body }, evaluated] = await Promise.all([
    post(EXPLAIN, request),
    post("/evaluate/v1/boolean", request),
  ]);
  t.is(status, 200);
  t.deepEqual(lasting(body.evaluation), lasting(evaluated.body));
  t.is(body.revision, commits[2]);
  t.is(body.at.kind, "served");
  t.deepEqual(
    body.steps.map(({ kind, rank, outcome, source }: Json) => [kind, rank, outcome, source.line, source.commit]),
    [
      ["flag", undefined, "match", 3, commits[0]],
      ["rollout", 1, "no-match", 8, commits[0]],
      ["rollout", 2, "no-match", 9, commits[0]],
      ["default", undefined, "match", 6, commits[0]],
    ],
  );
  const [segment] = body.steps[1].segments;
  t.deepEqual(segment.source, {
    file: "default/features.yaml",
    line: 18,
    column: 5,
    commit: commits[1],
    author: "Grace \u001b[31m",
    email: "grace@example.com",
    time: segment.source.time,
  });
  t.deepEqual(segment.constraints, [
    {
      type: "STRING_COMPARISON_TYPE",
      property: "plan",
      operator: "eq",
      expected: "beta",
      seen: "free",
      match: false,
      reason: "different",
    },
  ]);
  t.deepEqual(body.closest, { change: { plan: "beta" }, gives: "true" });
  const again = await post(EXPLAIN, request);
  t.deepEqual(again.body.steps, body.steps);
});

test("a past state is explained as it was, with the changes that it knew of", async (t) => {
  const { commits, post } = await start(t);
  const request = { flagKey: "dark", entityId: "ada", context: { plan: "alpha" } };
  const [now, past, batch, unknown] = await Promise.all([
    post(EXPLAIN, request),
    post(EXPLAIN, { ...request, at: commits[0] }),
    post(EXPLAIN, { requests: [request, request], at: "main~2" }),
    post(EXPLAIN, { ...request, at: "no-such-branch" }),
  ]);
  t.is(now.body.evaluation.enabled, false);
  t.is(past.body.evaluation.enabled, true);
  t.is(past.body.revision, commits[0]);
  t.is(past.body.at.kind, "revision");
  t.is(past.body.steps[1].segments[0].source.commit, commits[0]);
  t.is(batch.status, 200, JSON.stringify(batch.body));
  t.deepEqual(
    batch.body.responses.map(({ revision }: Json) => revision),
    [commits[0], commits[0]],
  );
  t.is(unknown.status, 404);
});

test("variant flags show the interval that was hit; errors are those of evaluations", async (t) => {
  const { post } = await start(t);
  const request = { flagKey: "theme", entityId: "ada", context: { plan: "beta" } };
  const { body } = await post(EXPLAIN, request);
  const evaluated = await post("/evaluate/v1/variant", request);
  t.deepEqual(lasting(body.evaluation), lasting(evaluated.body));
  const [, rule, last] = body.steps;
  t.deepEqual(rule.intervals, [{ from: 0, to: 1000, value: "blue", hit: true }]);
  t.is(last.outcome, "skipped");
  for (const wrong of [
    { ...request, flagKey: "none" },
    { ...request, flagKey: "" },
    { ...request, namespaceKey: "none" },
    { ...request, entityId: 5 },
    { ...request, context: { plan: 5 } },
  ]) {
    const [explained, answered] = await Promise.all([post(EXPLAIN, wrong), post("/evaluate/v1/variant", wrong)]);
    t.deepEqual([explained.status, explained.body], [answered.status, answered.body], JSON.stringify(wrong));
  }
});

test("a batch is explained item by item, within the limits of batches", async (t) => {
  const { post } = await start(t, { server: { limits: { batch_items: 3, answer_bytes: "20KB" } } });
  const item = (flagKey: string): object => ({ flagKey, entityId: "ada", context: { plan: "beta" } });
  const { status, body } = await post(EXPLAIN, {
    requestId: "r",
    requests: [item("dark"), item("none"), item("theme")],
  });
  t.is(status, 200);
  t.is(body.requestId, "r");
  t.deepEqual(
    body.responses.map((response: Json) => response.evaluation?.flagKey ?? response.errorResponse.reason),
    ["dark", "NOT_FOUND_ERROR_EVALUATION_REASON", "theme"],
  );
  const four = ["dark", "dark", "dark", "dark"].map(item);
  t.is((await post(EXPLAIN, { requests: four })).status, 413);
  const long = { ...item("dark"), context: { plan: "x".repeat(30_000), [`p${"y".repeat(30_000)}`]: "1" } };
  const { body: cut } = await post(EXPLAIN, long);
  t.true(cut.steps[1].segments[0].constraints[0].seen.length < 2_000);
});

test("ten thousand constraints over a long value are explained, and more than an answer may have is refused", async (t) => {
  const { repository, post } = await start(t, { server: { limits: { answer_bytes: "4MB" } } });
  const withConstraints = (namespace: string, count: number, property: (index: number) => string): string => {
    const constraints = Array.from(
      { length: count },
      (_, at) => `{ type: STRING_COMPARISON_TYPE, property: ${property(at)}, operator: contains, value: v${at} }`,
    );
    const segment = `  - { key: testers, name: T, match_type: ANY_MATCH_TYPE, constraints: [${constraints.join(", ")}] }`;
    return FLAGS.replace("namespace: default", `namespace: ${namespace}`).replace(
      /segments:.*/s,
      `segments:\n${segment}\n`,
    );
  };
  await repository.commit({
    "many/features.yaml": withConstraints("many", 10_000, (at) => `p${at % 7}`),
    "long/features.yaml": withConstraints("long", 150, (at) => `${at}${"n".repeat(30_000)}`),
  });
  await post("/api/storages/default/sync?wait=true", {});
  const request = { flagKey: "dark", entityId: "ada", context: { p1: "x".repeat(1_000_000), p2: "y" } };
  const many = await post(EXPLAIN, { ...request, namespaceKey: "many" });
  t.is(many.status, 200, JSON.stringify(many.body).slice(0, 200));
  const { constraints } = many.body.steps[1].segments[0];
  t.is(constraints.length, 10_000);
  t.deepEqual(
    [constraints[0].reason, constraints[1].reason, constraints[1].seen.length],
    ["missing", "does not contain it", 1_025],
  );
  const long = await post(EXPLAIN, { ...request, namespaceKey: "long" });
  t.is(long.status, 413, JSON.stringify(long.body).slice(0, 200));
  t.is((await post(EXPLAIN, { ...request, namespaceKey: "default" })).status, 200);
});
