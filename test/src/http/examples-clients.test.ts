import test, { type ExecutionContext } from "ava";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { type Answer, ask, matches } from "../helpers/http/answers.js";
import { startTestServer } from "../helpers/http/http-server.js";

async function start(t: ExecutionContext): Promise<string> {
  const { url, snapshots } = await startTestServer(t);
  await new FilePublisher(t, snapshots).publish("default", exampleFiles());
  return url;
}

const OPS_DIGEST = "6fdef425110328dee4c33b5eed7838604bac6b36";
const DEFAULT_DIGEST = "b5f71a874abf593500ae96b84ef80c9a67ef111e";
const NO_PROD = 'failed to get environment "prod" from context: environment: "prod" not found';
const common = { name: "", description: "" };

const OPS_SNAPSHOT = {
  namespace: { key: "ops" },
  flags: [
    {
      key: "kill-switch",
      ...common,
      enabled: true,
      type: "BOOLEAN_FLAG_TYPE",
      createdAt: "@ts",
      updatedAt: "@ts",
      rules: [],
      rollouts: [{ type: "THRESHOLD_ROLLOUT_TYPE", rank: 1, threshold: { percentage: 12.5, value: false } }],
    },
    {
      key: "tier",
      ...common,
      enabled: true,
      type: "VARIANT_FLAG_TYPE",
      createdAt: "@ts",
      updatedAt: "@ts",
      rules: [
        {
          id: "@uuid",
          segments: [{ key: "all", ...common, matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [] }],
          rank: 1,
          segmentOperator: "OR_SEGMENT_OPERATOR",
          distributions: [{ ruleId: "@uuid", variantKey: "gold", variantAttachment: '{"limit":10}', rollout: 100 }],
        },
      ],
      rollouts: [],
      defaultVariant: { id: "tier/gold", key: "gold", attachment: '{"limit":10}' },
    },
  ],
  digest: OPS_DIGEST,
};

test("E28–E32: snapshots under both paths, unchanged ones, unknown ones", async (t) => {
  const url = await start(t);
  const get = (path: string, headers: Record<string, string> = {}) => ask(url, "GET", path, { headers });
  const path = "client/v2/environments/default/namespaces/ops/snapshot";
  const e28 = await get(path);
  t.deepEqual([e28.status, e28.headers.get("etag")], [200, OPS_DIGEST]);
  matches(t, e28.body, OPS_SNAPSHOT);
  const e29 = await get("internal/v1/evaluation/snapshot/namespace/ops?reference=x", {
    "X-Flipt-Environment": "default",
    "X-Flipt-Accept-Server-Version": "1.47.0",
  });
  matches(t, e29.body, OPS_SNAPSHOT);
  for (const etag of [OPS_DIGEST, `"${OPS_DIGEST}"`, `W/"${OPS_DIGEST}"`]) {
    const unchanged = await get(path, { "If-None-Match": etag });
    t.deepEqual([unchanged.status, unchanged.text, unchanged.headers.get("etag")], [304, "", OPS_DIGEST]);
  }
  t.is((await get(path, { "If-None-Match": DEFAULT_DIGEST })).status, 200);
  const ghost = await get("client/v2/environments/default/namespaces/ghost/snapshot");
  const missing = { code: 5, message: 'evaluation snapshot for namespace "ghost" not found', details: [] };
  t.deepEqual([ghost.status, ghost.body], [404, missing]);
  matches(t, (await get("client/v2/environments/prod/namespaces/ops/snapshot")).body, OPS_SNAPSHOT);
  const prod = await get("client/v2/environments/prod/namespaces/ops/snapshot", { "X-Flipt-Environment": "prod" });
  t.deepEqual([prod.status, prod.body], [404, { code: 5, message: NO_PROD, details: [] }]);
  const e32 = await get("client/v2/environments/default/namespaces/default/snapshot");
  t.is(e32.headers.get("etag"), DEFAULT_DIGEST);
  t.true(e32.text.includes(JSON.stringify('["beta","canary"]')));
});

const single = (answer: Answer): unknown => answer.body;

test("E37–E38: OFREP, one flag", async (t) => {
  const url = await start(t);
  const post = async (key: string, body: unknown, headers: Record<string, string> = {}) =>
    single(await ask(url, "POST", `ofrep/v1/evaluate/flags/${key}`, { body, headers }));
  t.deepEqual(await post("banner", { context: { targetingKey: "user-1" } }), {
    key: "banner",
    reason: "DEFAULT",
    variant: "true",
    value: true,
  });
  matches(t, await post("theme", { context: { targetingKey: "user-3", country: "de", age: "30" } }), {
    key: "theme",
    reason: "TARGETING_MATCH",
    variant: "dark",
    metadata: { attachment: '{"hex":"#000","level":3}', segments: "germany,adults" },
    value: "dark",
  });
  t.deepEqual(await post("retired", { context: { targetingKey: "user-1" } }), {
    key: "retired",
    reason: "DISABLED",
    variant: "off",
    metadata: { attachment: '[1,"two"]' },
    value: "off",
  });
  t.deepEqual(await post("plain", { context: { targetingKey: "user-1" } }), {
    key: "plain",
    reason: "UNKNOWN",
    variant: "",
    metadata: {},
    value: "",
  });
  t.deepEqual(await post("tier", "", { "X-Flipt-Namespace": "ops" }), {
    key: "tier",
    reason: "TARGETING_MATCH",
    variant: "gold",
    metadata: { attachment: '{"limit":10}', segments: "all" },
    value: "gold",
  });
});

test("E39–E41: OFREP, all flags and chosen ones", async (t) => {
  const url = await start(t);
  const post = (context: object, headers: Record<string, string> = {}) =>
    ask(url, "POST", "ofrep/v1/evaluate/flags", { body: { context }, headers });
  const german = { targetingKey: "user-1", country: "de", age: "30" };
  const banner = { key: "banner", reason: "DEFAULT", variant: "true", value: true };
  const theme = {
    key: "theme",
    reason: "TARGETING_MATCH",
    variant: "blue",
    metadata: { attachment: "null", segments: "germany,adults" },
    value: "blue",
  };
  const eventStreams = [{ type: "sse", endpoint: { requestUri: "/ofrep/v1/_stream/default/default/events" } }];
  const e39 = await post(german);
  t.is(e39.headers.get("etag"), 'W/"956c70c675ba08d8"');
  t.deepEqual(e39.body, {
    flags: [
      banner,
      { key: "checkout", reason: "DEFAULT", variant: "false", value: false },
      { key: "plain", reason: "UNKNOWN", variant: "", metadata: {}, value: "" },
      theme,
    ],
    eventStreams,
  });
  const e40 = await post(german, { "If-None-Match": 'W/"956c70c675ba08d8"' });
  t.deepEqual([e40.status, e40.text, e40.headers.get("etag")], [304, "", 'W/"956c70c675ba08d8"']);
  const e41 = await post({ ...german, flags: "theme,banner" });
  t.is(e41.headers.get("etag"), 'W/"bca8055f83b5d803"');
  t.deepEqual(e41.body, { flags: [theme, banner], eventStreams });
});

test("E42: OFREP errors, and a number in the context, which is none", async (t) => {
  const url = await start(t);
  const bulk = "ofrep/v1/evaluate/flags";
  const missing = { key: "nope", errorCode: "FLAG_NOT_FOUND", errorDetails: "flag was not found nope" };
  for (const [path, body, headers, status, expected] of [
    [`${bulk}/nope`, { context: { targetingKey: "u" } }, {}, 404, missing],
    [bulk, { context: { targetingKey: "u", flags: "banner,nope" } }, {}, 404, missing],
    [
      bulk,
      { context: { targetingKey: "u", flags: "" } },
      {},
      400,
      { errorCode: "INVALID_CONTEXT", errorDetails: "flag key was not provided" },
    ],
    [
      bulk,
      {},
      { "X-Flipt-Namespace": "ghost" },
      404,
      { errorCode: "FLAG_NOT_FOUND", errorDetails: 'namespace "ghost" not found' },
    ],
    [
      `${bulk}/x`,
      {},
      { "X-Flipt-Namespace": "ghost" },
      404,
      { key: "x", errorCode: "FLAG_NOT_FOUND", errorDetails: "flag was not found x" },
    ],
    [
      `${bulk}/banner`,
      { context: { targetingKey: "u", age: 30 } },
      {},
      200,
      { key: "banner", reason: "DEFAULT", variant: "true", value: true },
    ],
    [bulk, {}, { "X-Flipt-Environment": "prod" }, 404, { errorCode: "FLAG_NOT_FOUND", errorDetails: NO_PROD }],
  ] as const) {
    const answer = await ask(url, "POST", path, { body, headers });
    t.deepEqual([answer.status, answer.body], [status, expected], `${path} ${JSON.stringify(body)}`);
    if (status !== 200) t.true(answer.text.endsWith("}\n"));
  }
  const configuration = await ask(url, "GET", "ofrep/v1/configuration");
  t.deepEqual(
    [configuration.status, configuration.body],
    [404, { errorCode: "FLAG_NOT_FOUND", errorDetails: "Not Found" }],
  );
  const wrong = await ask(url, "GET", bulk);
  t.deepEqual([wrong.status, wrong.body], [501, { errorCode: "GENERAL", errorDetails: "Method Not Allowed" }]);
  t.is((await ask(url, "POST", "ofrep/v1/_stream/default/default/events")).status, 404);
  t.is((await ask(url, "GET", "ofrep/v1/_stream/default/default/events")).status, 406);
});

test("E44–E45: the flag list, in pages", async (t) => {
  const url = await start(t);
  const get = (query: string, headers: Record<string, string> = { "X-Flipt-Environment": "default" }) =>
    ask(url, "GET", `api/v1/namespaces/default/flags${query}`, { headers });
  const listed = (key: string, name: string, enabled: boolean, type: string): unknown => ({
    key,
    name,
    description: "",
    enabled,
    variants: [],
    namespaceKey: "",
    type,
  });
  const first = await get("?limit=2");
  t.deepEqual(first.body, {
    flags: [
      listed("banner", "Banner", true, "BOOLEAN_FLAG_TYPE"),
      listed("checkout", "Checkout", false, "BOOLEAN_FLAG_TYPE"),
    ],
    nextPageToken: "2",
    totalCount: 5,
  });
  const last = await get("?limit=2&pageToken=4");
  t.deepEqual(last.body, {
    flags: [
      {
        ...(listed("theme", "Theme", true, "VARIANT_FLAG_TYPE") as object),
        defaultVariant: {
          id: "",
          flagKey: "theme",
          key: "light",
          name: "",
          description: "",
          attachment: "null",
          namespaceKey: "default",
        },
      },
    ],
    nextPageToken: "",
    totalCount: 5,
  });
  for (const [query, message] of [
    ["?pageToken=1", "limit must be set when offset or pageToken is set"],
    ["?limit=2&pageToken=x", 'pageToken is not valid: "x"'],
    ["?limit=2&pageToken=5", "invalid offset: 5"],
    ["?limit=-1", "invalid limit: -1"],
  ] as const) {
    const answer = await get(query);
    t.deepEqual([answer.status, answer.body], [400, { code: 3, message, details: [] }], query);
  }
  const badNumber = await get("?limit=two");
  t.is(badNumber.status, 400);
  t.true((badNumber.body as { message: string }).message.startsWith('parsing field "limit": '));
  const all = (await get("", {})).body as { flags: { key: string }[] };
  t.deepEqual(
    all.flags.map(({ key }) => key),
    ["banner", "checkout", "plain", "retired", "theme"],
  );
  t.deepEqual((await get("?{%22limit%22:2}", {})).body, all);
  t.deepEqual((await get("?limit=0&offset=0&pageToken=&reference=&environmentKey=", {})).body, all);
  t.deepEqual((await get("?limit=2&pageToken=-3")).body, first.body);
  const byQuery = await ask(url, "GET", "api/v1/flags?namespaceKey=ops&limit=1");
  t.like(byQuery.body, { nextPageToken: "1", totalCount: 2 });
  const prod = await get("", { "X-Flipt-Environment": "prod" });
  t.deepEqual([prod.status, prod.body], [404, { code: 5, message: NO_PROD, details: [] }]);
  const ghost = await ask(url, "GET", "api/v1/namespaces/ghost/flags");
  t.deepEqual([ghost.status, ghost.body], [404, { code: 5, message: 'namespace "ghost" not found', details: [] }]);
  t.is((await ask(url, "GET", "api/v1/namespaces/default/flags/banner")).status, 404);
});
