import test, { type ExecutionContext } from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { type Answer, ask, matches } from "../helpers/http/answers.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";

interface Api {
  readonly repository: TemporaryRepository;
  readonly get: (path: string) => Promise<Answer>;
  readonly post: (path: string, body?: unknown) => Promise<Answer>;
  readonly put: (path: string, body?: unknown) => Promise<Answer>;
  readonly del: (path: string) => Promise<Answer>;
}

async function start(t: ExecutionContext, files = EXAMPLE_FILES, more: Record<string, unknown> = {}): Promise<Api> {
  const repository = await temporaryRepository(t, { files });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
    ...more,
  });
  await daemon.start();
  const call = (method: string) => (path: string, body?: unknown) => ask(daemon.url(), method, path, { body });
  return { repository, get: call("GET"), post: call("POST"), put: call("PUT"), del: call("DELETE") };
}

const M = "api/v2/environments";
const RESOURCES = `${M}/default/namespaces/default/resources`;

function is(t: ExecutionContext, answer: Answer, status: number, body: unknown): void {
  t.is(answer.status, status, answer.text);
  matches(t, answer.body, body);
}

const error = (code: number, message: string) => ({ code, message, details: [] });

test("rollouts and percentages are shown as 32-bit floats", async (t) => {
  const flags = [
    "namespace: numbers",
    "flags:",
    "  - key: shares",
    "    name: Shares",
    "    variants: [{key: a}]",
    "    rules: [{segment: {keys: []}, distributions: [{variant: a, rollout: 5.752485268012175}]}]",
    "  - key: share",
    "    name: Share",
    "    type: BOOLEAN_FLAG_TYPE",
    "    rollouts: [{threshold: {percentage: 29.789093908748356}}]",
    "",
  ].join("\n");
  const { get } = await start(t, { ...EXAMPLE_FILES, "numbers/features.yaml": flags });
  const { body } = await get(`${M}/default/namespaces/numbers/resources/flipt.core.Flag`);
  const { resources } = body as { resources: { payload: Record<string, unknown> }[] };
  t.like(resources[0]?.payload.rules, [{ distributions: [{ variant: "a", rollout: 5.7524853 }] }]);
  t.like(resources[1]?.payload.rollouts, [{ threshold: { percentage: 29.789093, value: false } }]);
});

test("E46–E49: environments, namespaces, flags and segments as they are evaluated", async (t) => {
  const { get } = await start(t);
  is(t, await get(M), 200, {
    environments: [{ key: "default", name: "default", default: true, configuration: { ref: "main" } }],
  });
  is(t, await get(`${M}/default/namespaces`), 200, {
    items: [
      { key: "default", name: "Default", description: "", protected: true },
      { key: "ops", name: "ops", description: "", protected: false },
    ],
    revision: "@rev",
  });
  is(t, await get(`${M}/default/namespaces/ops/`), 200, {
    namespace: { key: "ops", name: "ops", description: "", protected: false },
    revision: "@rev",
  });
  is(t, await get(`${M}/default/namespaces/no`), 404, error(5, 'namespace "no" not found'));
  is(t, await get(`${RESOURCES}/flipt.core.Flag/banner`), 200, {
    resource: {
      namespaceKey: "default",
      key: "banner",
      payload: {
        "@type": "flipt.core.Flag",
        key: "banner",
        type: "BOOLEAN_FLAG_TYPE",
        name: "Banner",
        description: "",
        enabled: true,
        variants: [],
        rules: [],
        rollouts: [],
      },
    },
    revision: "@rev",
  });
  is(t, await get(`${RESOURCES}/flipt.core.Flag/theme`), 200, {
    resource: {
      namespaceKey: "default",
      key: "theme",
      payload: {
        "@type": "flipt.core.Flag",
        key: "theme",
        type: "VARIANT_FLAG_TYPE",
        name: "Theme",
        description: "",
        enabled: true,
        variants: [
          { key: "light", name: "", description: "" },
          { key: "dark", name: "", description: "", attachment: { hex: "#000", level: 3 } },
          { key: "blue", name: "", description: "" },
        ],
        rules: [
          {
            segmentOperator: "OR_SEGMENT_OPERATOR",
            segments: ["beta"],
            distributions: [{ variant: "dark", rollout: 100 }],
          },
          {
            segmentOperator: "AND_SEGMENT_OPERATOR",
            segments: ["germany", "adults"],
            distributions: [
              { variant: "light", rollout: 33.33 },
              { variant: "dark", rollout: 33.33 },
              { variant: "blue", rollout: 33.34 },
            ],
          },
          { segmentOperator: "OR_SEGMENT_OPERATOR", segments: ["germany"], distributions: [] },
        ],
        rollouts: [],
        defaultVariant: "light",
      },
    },
    revision: "@rev",
  });
  is(t, await get(`${RESOURCES}/flipt.core.Segment/beta`), 200, {
    resource: {
      namespaceKey: "default",
      key: "beta",
      payload: {
        "@type": "flipt.core.Segment",
        key: "beta",
        matchType: "ANY_MATCH_TYPE",
        name: "Beta",
        description: "",
        constraints: [
          {
            type: "STRING_COMPARISON_TYPE",
            property: "plan",
            operator: "isoneof",
            value: '["beta","canary"]',
            description: "",
          },
          {
            type: "ENTITY_ID_COMPARISON_TYPE",
            property: "entityId",
            operator: "suffix",
            value: "@example.com",
            description: "",
          },
        ],
      },
    },
    revision: "@rev",
  });
  is(t, await get(`${M}/default/namespaces/ghost/resources/flipt.core.Flag`), 200, { resources: [], revision: "@rev" });
  const listed = await get(`${RESOURCES}/flipt.core.Flag`);
  t.deepEqual(
    (listed.body as { resources: { key: string }[] }).resources.map(({ key }) => key),
    ["theme", "plain", "retired", "checkout", "banner"],
  );
  is(
    t,
    await get(`${RESOURCES}/flipt.core.Flag/nope`),
    404,
    error(5, "getting flag default/nope: flag default/nope not found"),
  );
  is(
    t,
    await get(`${RESOURCES}/flipt.core.Segment/nope`),
    404,
    error(5, "getting segment default/nope: segment default/nope not found"),
  );
  is(t, await get(`${M}/prod/namespaces`), 404, error(5, 'environment: "prod" not found'));
  is(t, await get(`${RESOURCES}/foo.Bar`), 404, error(5, 'git storage view: resource type "foo.Bar" not found'));
});

const INTERNAL = {
  "@type": "flipt.core.Segment",
  key: "internal",
  name: "Internal",
  matchType: "ALL_MATCH_TYPE",
  constraints: [
    { type: "STRING_COMPARISON_TYPE", property: "email", operator: "suffix", value: "@example.com" },
    { type: "STRING_COMPARISON_TYPE", property: "role", operator: "isoneof", value: '["ops","dev"]' },
  ],
};
const DARK_MODE = {
  "@type": "flipt.core.Flag",
  key: "dark-mode",
  type: "BOOLEAN_FLAG_TYPE",
  name: "Dark mode",
  description: "toggle",
  enabled: false,
  metadata: { owner: "web", tier: 1 },
  rollouts: [
    { type: "SEGMENT_ROLLOUT_TYPE", description: "staff", segment: { value: true, segments: ["internal"] } },
    { type: "THRESHOLD_ROLLOUT_TYPE", threshold: { percentage: 12.5, value: true } },
  ],
};

test("E50–E58: writes, one commit each, seen by evaluation at once", async (t) => {
  const { get, post, put, del, repository } = await start(t);
  const message = (): Promise<string> => repository.git("log", "-1", "--format=%an|%ae|%cn|%s", "main");
  const author = "flipt|flipt[bot]@noreply.flipt.io|flipt";
  is(t, await post(`${M}/default/namespaces`, { key: "team-a", name: "Team A", description: "Team A flags" }), 200, {
    namespace: { key: "team-a", name: "Team A", description: "Team A flags" },
    revision: "@rev",
  });
  t.is(await message(), `${author}|create namespace team-a`);
  const path = `${M}/default/namespaces/team-a/resources`;
  is(t, await post(path, { key: "internal", payload: INTERNAL }), 200, {
    resource: {
      namespaceKey: "team-a",
      key: "internal",
      payload: {
        ...INTERNAL,
        description: "",
        constraints: INTERNAL.constraints.map((constraint) => ({ ...constraint, description: "" })),
      },
    },
    revision: "@rev",
  });
  t.is(await message(), `${author}|create segment team-a/internal`);
  const created = await post(path, { key: "dark-mode", payload: DARK_MODE });
  is(t, created, 200, {
    resource: {
      namespaceKey: "team-a",
      key: "dark-mode",
      payload: {
        ...DARK_MODE,
        variants: [],
        rules: [],
        rollouts: [
          {
            type: "SEGMENT_ROLLOUT_TYPE",
            description: "staff",
            segment: { value: true, segments: ["internal"], segmentOperator: "OR_SEGMENT_OPERATOR" },
          },
          { type: "THRESHOLD_ROLLOUT_TYPE", description: "", threshold: { percentage: 12.5, value: true } },
        ],
      },
    },
    revision: "@rev",
  });
  t.is(await message(), `${author}|create flag team-a/dark-mode`);
  const { revision } = created.body as { revision: string };
  t.is(await repository.head(), revision);
  is(
    t,
    await post("evaluate/v1/boolean", {
      namespaceKey: "team-a",
      flagKey: "dark-mode",
      entityId: "u",
      context: { email: "a@example.com", role: "ops" },
    }),
    200,
    {
      enabled: true,
      reason: "MATCH_EVALUATION_REASON",
      requestId: "@uuid",
      requestDurationMillis: "@ms",
      timestamp: "@ts",
      flagKey: "dark-mode",
      segmentKeys: ["internal"],
    },
  );
  is(
    t,
    await post(`${M}/default/namespaces`, { key: "default", name: "x" }),
    409,
    error(6, 'create namespace "default"'),
  );
  is(
    t,
    await post(path, {
      key: "dark-mode",
      payload: { "@type": "type.googleapis.com/flipt.core.Flag", key: "dark-mode", name: "x" },
    }),
    409,
    error(6, 'resource type "flipt.core.Flag": create resource "type.googleapis.com/flipt.core.Flag/team-a/dark-mode"'),
  );
  const old = "ABC1".repeat(10);
  is(
    t,
    await put(path, {
      key: "dark-mode",
      revision: old,
      payload: { "@type": "flipt.core.Flag", key: "dark-mode", name: "x" },
    }),
    409,
    error(
      10,
      `resource type "flipt.core.Flag": expected head revision "${old.toLowerCase()}" has changed (now "${revision}")`,
    ),
  );
  is(
    t,
    await post(path, {
      key: "x",
      payload: {
        "@type": "flipt.core.Flag",
        key: "x",
        name: "X",
        type: "BOOLEAN_FLAG_TYPE",
        rollouts: [{ type: "SEGMENT_ROLLOUT_TYPE", segment: { segments: ["ghost"] } }],
      },
    }),
    400,
    error(
      3,
      'resource type "flipt.core.Flag": putting flag team-a/x: flag team-a/x rollout 1 references unknown segment "ghost"',
    ),
  );
  is(
    t,
    await del(`${path}/flipt.core.Segment/internal`),
    400,
    error(
      3,
      'resource type "flipt.core.Segment": deleting segment team-a/internal: segment "internal" is in use by flag "dark-mode" rollout 1',
    ),
  );
  is(t, await del(`${M}/default/namespaces/default`), 400, error(3, 'namespace "default" is protected'));
  is(t, await post(`${M}/default/namespaces`, { name: "x" }), 400, error(3, "key must not be empty"));
  is(
    t,
    await post(path, { key: "x", payload: { "@type": "foo.Bar" } }),
    400,
    error(3, "could not resolve Any message type: foo.Bar"),
  );
  t.is(await repository.head(), revision, "nothing refused has left a commit");
  is(t, await del(`${M}/default/namespaces/team-a?revision=${revision}`), 200, { revision: "@rev" });
  t.is(await message(), `${author}|delete namespace team-a`);
  await t.throwsAsync(repository.read("team-a/features.yaml"));
  is(t, await get(`${M}/default/namespaces/team-a`), 404, error(5, 'namespace "team-a" not found'));
  is(t, await del(`${M}/default/namespaces/team-a`), 200, { revision: "@rev" });
  t.is(await repository.git("rev-list", "--count", "main"), "6", "deleting what is not there is an empty commit");
  t.is(await repository.git("fsck", "--strict", "--no-dangling"), "");
});

test("E59: a branch is an environment of its own, written to, and gone when it is deleted", async (t) => {
  const { get, post, put, del, repository } = await start(t);
  const branch = { ref: "flipt/default/try", base: "default" };
  is(t, await post(`${M}/default/branches`, { key: "try" }), 200, {
    key: "try",
    name: "try",
    default: true,
    configuration: branch,
  });
  is(t, await post(`${M}/default/branches`, { key: " TRY" }), 409, error(6, 'environment: " TRY"'));
  is(
    t,
    await post(`${M}/default/branches`, { key: "a b/c" }),
    400,
    error(3, 'key: invalid value "a b/c" (out of bound =~"^[-_,A-Za-z0-9]+$")'),
  );
  is(t, await get(`${M}/default/branches`), 200, {
    branches: [{ environmentKey: "default", key: "try", ref: "flipt/default/try" }],
  });
  const payload = { "@type": "flipt.core.Flag", key: "banner", name: "Banner", type: "BOOLEAN_FLAG_TYPE" };
  t.is((await put(`${M}/try/namespaces/default/resources`, { key: "banner", payload })).status, 200);
  const enabled = async (environmentKey: string): Promise<unknown> =>
    (
      (await post("evaluate/v1/boolean", { environmentKey, flagKey: "banner", entityId: "u" })).body as {
        enabled: boolean;
      }
    ).enabled;
  t.deepEqual([await enabled("default"), await enabled("try")], [true, false]);
  t.is(await repository.git("log", "-1", "--format=%s", "flipt/default/try"), "update flag default/banner");
  const generated = await post(`${M}/try/branches`, {});
  const { key } = generated.body as { key: string };
  t.regex(key, /^[a-z]+-[a-z]+-[0-9a-f]{4}$/);
  t.is((generated.body as { configuration: { ref: string } }).configuration.ref, `flipt/try/${key}`);
  is(
    t,
    await get(`${M}/default/branches/try/changes`),
    501,
    error(12, "ListBranchedChanges not implemented in non-commercial version"),
  );
  is(
    t,
    await post(`${M}/default/branches/try`, { title: "x" }),
    501,
    error(12, "Propose not implemented in non-commercial version"),
  );
  is(t, await get(`${M}/default/branches/none/changes`), 404, error(5, 'environment: "none" not found'));
  is(t, await del(`${M}/default/branches/try`), 200, {});
  is(t, await del(`${M}/default/branches/try`), 200, {});
  is(t, await get(`${M}/try/namespaces`), 404, error(5, 'environment: "try" not found'));
  t.is(await repository.git("for-each-ref", "--format=%(refname)", "refs/heads/flipt/default"), "");
});

test("payloads are read as the compatible system reads them", async (t) => {
  const { post, put } = await start(t);
  const flag = (payload: unknown, key = "x") => post(RESOURCES, { key, payload });
  const T = { "@type": "flipt.core.Flag" };
  const prefix = 'resource type "flipt.core.Flag": putting flag default/x: ';
  const S = { "@type": "flipt.core.Segment" };
  is(
    t,
    await flag({ ...T, name: 1 }),
    400,
    error(3, "can't unmarshal Any nested proto flipt.core.Flag: field name: expected a string"),
  );
  is(
    t,
    await flag({ ...T, type: "X" }),
    400,
    error(
      3,
      "can't unmarshal Any nested proto flipt.core.Flag: field type: expected one of VARIANT_FLAG_TYPE, BOOLEAN_FLAG_TYPE",
    ),
  );
  is(t, await flag({ key: "x" }), 400, error(3, "Any JSON doesn't have '@type'"));
  is(t, await flag(undefined), 404, error(5, 'resource type ".": git storage update: resource type "." not found'));
  is(t, await flag("text"), 400, error(3, "invalid values for key(s) in json body"));
  is(
    t,
    await flag({ "@type": "flipt.core.Variant" }),
    404,
    error(5, 'resource type "flipt.core.Variant": git storage update: resource type "flipt.core.Variant" not found'),
  );
  is(t, await flag({ ...T, name: "X" }, ""), 400, error(3, "key must not be empty"));
  is(
    t,
    await flag({ ...T, name: "X", rollouts: [{ segment: {} }] }),
    400,
    error(3, `${prefix}unexpected rollout type: "UNKNOWN_ROLLOUT_TYPE"`),
  );
  is(
    t,
    await flag({ ...T, name: "X", rollouts: [{ segment: {} }] }, "theme"),
    409,
    error(6, 'resource type "flipt.core.Flag": create resource "flipt.core.Flag/default/theme"'),
  );
  is(
    t,
    await put(RESOURCES, { key: "x", payload: { ...S, name: "S", constraints: [{ property: "p", operator: "eq" }] } }),
    404,
    error(
      5,
      'resource type "flipt.core.Segment": update resource "flipt.core.Segment/default/x": getting segment default/x: segment default/x not found',
    ),
  );
  const nothing = await flag({ ...T, name: "N", variants: [{ key: "v", attachment: null }] }, "nothing");
  is(t, nothing, 200, {
    resource: {
      namespaceKey: "default",
      key: "nothing",
      payload: {
        ...T,
        key: "",
        type: "VARIANT_FLAG_TYPE",
        name: "N",
        description: "",
        enabled: false,
        variants: [{ key: "v", name: "", description: "", attachment: null }],
        rules: [],
        rollouts: [],
      },
    },
    revision: "@rev",
  });
  is(
    t,
    await flag({ ...T, name: "X", defaultVariant: "v" }),
    400,
    error(3, `${prefix}flag default/x references unknown default variant "v"`),
  );
  is(
    t,
    await flag({ ...T }),
    400,
    error(3, `${prefix}flags.6.name: field is required but not present (features.yaml 33)`),
  );
  is(
    t,
    await flag({ ...S, name: "S", constraints: [{ type: 1, property: "p", operator: "isoneof", value: "oops" }] }),
    400,
    error(
      3,
      'resource type "flipt.core.Segment": putting segment default/x: constraints.0.value: invalid value "oops" for isoneof of STRING_COMPARISON_TYPE',
    ),
  );
  const lenient = await flag({
    ...T,
    type: 1,
    name: "X",
    unknown: [1],
    default_variant: null,
    rollouts: [{ type: "THRESHOLD_ROLLOUT_TYPE", threshold: { percentage: "33.333333" } }],
  });
  t.is(lenient.status, 200, lenient.text);
  const { payload } = (lenient.body as { resource: { payload: { rollouts: unknown; type: string } } }).resource;
  t.deepEqual(payload.rollouts, [
    { type: "THRESHOLD_ROLLOUT_TYPE", description: "", threshold: { percentage: 33.333332, value: false } },
  ]);
  t.is(payload.type, "BOOLEAN_FLAG_TYPE");
  is(
    t,
    await post(`${M}/default/namespaces/ghost/resources`, { key: "x", payload: { ...T, name: "X" } }),
    404,
    error(5, 'resource type "flipt.core.Flag": putting flag ghost/x: namespace not found: "ghost"'),
  );
});

test("a revision conflicts only if the file changed since", async (t) => {
  const { get, put, post } = await start(t);
  const revision = async (): Promise<string> =>
    ((await get(`${M}/default/namespaces`)).body as { revision: string }).revision;
  const first = await revision();
  const write = (namespace: string, key: string, at: string | undefined) =>
    put(`${M}/default/namespaces/${namespace}/resources`, {
      key,
      revision: at,
      payload: { "@type": "flipt.core.Flag", key, name: `n${Math.random()}`, type: "BOOLEAN_FLAG_TYPE" },
    });
  t.like(await write("ops", "kill-switch", first), { status: 200 });
  t.is((await write("default", "banner", first)).status, 200, "another file changed");
  t.is((await write("default", "banner", first)).status, 409, "its own file changed");
  const now = await revision();
  t.is((await write("default", "banner", now)).status, 200);
  for (const skipped of ["", "0".repeat(40), "xyz", undefined]) {
    t.is((await write("default", "banner", skipped)).status, 200, String(skipped));
  }
  for (const unknown of ["abc", "f".repeat(41), "deadbeef"]) {
    const { status, body } = await write("default", "banner", unknown);
    t.is(status, 409);
    const shown = unknown.slice(0, 40).padEnd(40, "0");
    t.true(
      (body as { message: string }).message.startsWith(
        `resource type "flipt.core.Flag": expected head revision "${shown}" has changed (now "`,
      ),
    );
  }
  const exists = await post(`${M}/default/namespaces`, { key: "ops", revision: "deadbeef" });
  is(t, exists, 409, error(6, 'create namespace "ops"'));
});

test("history tells what changed, and rollback brings it back", async (t) => {
  const { get, put, post, repository } = await start(t);
  const first = (await repository.head()) ?? "";
  const flag = (enabled: boolean) => ({
    key: "banner",
    payload: { "@type": "flipt.core.Flag", key: "banner", name: "Banner", type: "BOOLEAN_FLAG_TYPE", enabled },
  });
  await put(RESOURCES, flag(false));
  await post(`${M}/default/namespaces`, { key: "extra", name: "Extra" });
  const path = `${RESOURCES}/flipt.core.Flag/banner`;
  const { commits, nextPageToken } = (await get(`${path}/history`)).body as {
    commits: { message: string; changes: unknown[] }[];
    nextPageToken: string;
  };
  t.is(nextPageToken, "");
  t.is(commits.length, 2);
  const shown = {
    "@type": "flipt.core.Flag",
    key: "banner",
    type: "BOOLEAN_FLAG_TYPE",
    name: "Banner",
    description: "",
    variants: [],
    rules: [],
    rollouts: [],
  };
  const [newest] = commits as unknown as readonly { readonly revision: string; readonly compare: string }[];
  const [changed, parent] = [newest?.revision, await repository.git("rev-parse", `${newest?.revision}^`)];
  matches(t, newest, {
    revision: "@rev",
    compare: `/api/v2/environments/default/compare?base=${parent}&head=${changed}&namespace=default`,
    message: "update flag default/banner",
    authorName: "flipt",
    authorEmail: "flipt[bot]@noreply.flipt.io",
    timestamp: "@ts",
    changes: [
      {
        namespaceKey: "default",
        typeUrl: "flipt.core.Flag",
        key: "banner",
        before: { ...shown, enabled: true },
        after: { ...shown, enabled: false },
      },
    ],
  });
  const everything = (await get(`${M}/default/history?limit=1`)).body as {
    commits: { message: string }[];
    nextPageToken: string;
  };
  t.is(everything.commits[0]?.message, "create namespace extra");
  const second = (await get(`${M}/default/history?limit=1&pageToken=${everything.nextPageToken}`)).body as {
    commits: { message: string }[];
  };
  t.is(second.commits[0]?.message, "update flag default/banner");
  t.is((await get(`${M}/default/namespaces/ops/history`)).status, 200);
  is(t, await get(`${path}/history?pageToken=x`), 400, error(3, 'pageToken is not valid: "x"'));
  t.is((await get(`${path}/history?limit=x`)).status, 400);
  is(
    t,
    await get(`${RESOURCES}/foo.Bar/x/history`),
    404,
    error(5, 'git storage view: resource type "foo.Bar" not found'),
  );

  is(t, await post(`${path}/rollback`, { to: first }), 200, { revision: "@rev" });
  t.is(await repository.read("default/features.yaml"), (EXAMPLE_FILES["default/features.yaml"] ?? "").trimEnd());
  const subject = (): Promise<string> => repository.git("log", "-1", "--format=%s", "main");
  t.is(await subject(), `roll back flag default/banner to ${first.slice(0, 12)}`);
  const head = await repository.head();
  is(t, await post(`${path}/rollback`, { to: first }), 200, { revision: head ?? "" });
  is(t, await post(`${M}/default/namespaces/extra/rollback`, { to: first.slice(0, 8) }), 200, { revision: "@rev" });
  t.is(await subject(), `roll back namespace extra to ${first.slice(0, 12)}`);
  await t.throwsAsync(repository.read("extra/features.yaml"));
  is(
    t,
    await post(`${path}/rollback`, { to: "f".repeat(40) }),
    404,
    error(5, `revision "${"f".repeat(40)}" not found`),
  );
  for (const unknown of [
    first.slice(0, 3),
    "no-such-tag",
    "main~999",
    "two words",
    first.slice(0, 8).replace(/./g, (digit) => (digit === "f" ? "0" : "f")),
  ]) {
    const to = unknown.toLowerCase();
    is(t, await post(`${path}/rollback`, { to }), 404, error(5, `revision "${to}" not found`));
  }
  t.is((await post(`${path}/rollback`, {})).status, 400);
  t.is((await post(`${path}/rollback`, { to: first, revision: "abcd" })).status, 409);
});

test("E60 and what a storage may refuse: credentials, read-only", async (t) => {
  const { get, post } = await start(t, EXAMPLE_FILES, {
    storage: { default: { backend: { type: "memory" }, read_only: true } },
    authentication: {
      required: true,
      exclude: { evaluation: true },
      methods: { token: { enabled: true, storage: { tokens: { ci: { credential: "secret" } } } } },
    },
  });
  is(t, await get("health"), 200, { status: "SERVING" });
  const refused = await get(M);
  is(t, refused, 401, error(16, "request was not authenticated"));
  t.is(refused.headers.get("www-authenticate"), "request was not authenticated");
  t.is((await post(`${M}/default/namespaces`, { key: "x" })).status, 401);
});
