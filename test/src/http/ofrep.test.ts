import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature } from "@openfeature/server-sdk";
import { OpenFeature as WebOpenFeature, type Provider as WebProvider } from "@openfeature/web-sdk";
import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { FilePublisher } from "../helpers/flags/published-files.js";
import { ask } from "../helpers/http/answers.js";
import { tokenMethod } from "../helpers/http/authentication.js";
import { startTestServer, type TestServer } from "../helpers/http/http-server.js";
import { NO_SESSIONS } from "../helpers/http/no-sessions.js";

/** A boolean flag that is on where one constraint holds. */
const flag = (key: string, constraint: string): { flags: string; segments: string } => ({
  flags: `  - {key: ${key}, name: N, type: BOOLEAN_FLAG_TYPE, rollouts: [{segment: {key: ${key}, value: true}}]}\n`,
  segments: `  - {key: ${key}, name: N, match_type: ALL_MATCH_TYPE, constraints: [{${constraint}}]}\n`,
});

const FLAGS = [
  flag("number", 'type: NUMBER_COMPARISON_TYPE, property: age, operator: gte, value: "18"'),
  flag("fraction", 'type: NUMBER_COMPARISON_TYPE, property: share, operator: eq, value: "0.5"'),
  flag("boolean", 'type: BOOLEAN_COMPARISON_TYPE, property: staff, operator: "true"'),
  flag("date", 'type: DATETIME_COMPARISON_TYPE, property: since, operator: lt, value: "2024-06-01"'),
  flag("list", "type: STRING_COMPARISON_TYPE, property: groups, operator: contains, value: '\"beta\"'"),
  flag("object", 'type: STRING_COMPARISON_TYPE, property: team, operator: eq, value: \'{"name":"core","size":3}\''),
  flag("entity", 'type: ENTITY_ID_COMPARISON_TYPE, property: entityId, operator: eq, value: "42"'),
  flag("long", 'type: STRING_COMPARISON_TYPE, property: id, operator: eq, value: "9007199254740993"'),
];
const FEATURES = `namespace: default\nflags:\n${FLAGS.map(({ flags }) => flags).join("")}segments:\n${FLAGS.map(({ segments }) => segments).join("")}`;
const KEYS = ["number", "fraction", "boolean", "date", "list", "object"] as const;

/** Facts that an application knows about a user, in the types it has. */
const CONTEXT = {
  targetingKey: "ada",
  age: 30,
  share: 0.5,
  staff: true,
  since: new Date("2024-01-02T03:04:05.678Z"),
  groups: ["alpha", "beta"],
  team: { name: "core", size: 3 },
};

async function start(t: ExecutionContext, config: Parameters<typeof startTestServer>[1] = {}): Promise<TestServer> {
  const server = await startTestServer(t, config);
  await new FilePublisher(t, server.snapshots).publish("default", {
    "default/features.yaml": FEATURES,
    "odd/features.yaml": "namespace: a,b\n",
  });
  return server;
}

const BULK = "ofrep/v1/evaluate/flags";

test("the official server provider evaluates contexts with numbers, booleans, dates, lists and objects", async (t) => {
  const { url } = await start(t);
  await OpenFeature.setProviderAndWait("server", new OFREPProvider({ baseUrl: url }));
  t.teardown(() => OpenFeature.close());
  const client = OpenFeature.getClient("server");
  for (const key of KEYS) {
    const details = await client.getBooleanDetails(key, false, CONTEXT);
    t.like(details, { value: true, reason: "TARGETING_MATCH", variant: "true", errorCode: undefined }, key);
  }
  const other = { ...CONTEXT, age: 17, share: 1, staff: false, since: new Date("2025-01-01"), groups: [], team: null };
  for (const key of KEYS) t.like(await client.getBooleanDetails(key, true, other), { value: false }, key);
  t.like(await client.getBooleanDetails("ghost", true, CONTEXT), { value: true, errorCode: "FLAG_NOT_FOUND" });
});

test("the official web provider starts with such a context, too", async (t) => {
  const { url } = await start(t);
  await WebOpenFeature.setContext(CONTEXT);
  const provider = new OFREPWebProvider({ baseUrl: url, cacheMode: "disabled", pollInterval: 0 });
  // The two packages' types disagree about optional members; at run time they fit.
  await WebOpenFeature.setProviderAndWait(provider as unknown as WebProvider);
  t.teardown(() => WebOpenFeature.close());
  const client = WebOpenFeature.getClient();
  for (const key of KEYS) t.like(client.getBooleanDetails(key, false), { value: true, errorCode: undefined }, key);
});

test("scalars, lists and objects of an OFREP context count as their JSON text; `flags` is a text", async (t) => {
  const { url } = await start(t);
  const evaluate = async (key: string, context: string): Promise<unknown> =>
    ask(url, "POST", `${BULK}/${key}`, { body: `{"context":${context}}` }).then(({ body }) => body);
  t.like(await evaluate("entity", '{"targetingKey":42}'), { value: true });
  t.like(await evaluate("long", '{"id":9007199254740993}'), { value: true }, "digits beyond 2^53 are not rounded");
  t.like(await evaluate("long", '{"id":[9007199254740993],"x":"\\"id\\":1"}'), { value: false });
  t.like(await evaluate("object", '{"team":{ "name" : "core", "size" : 3 }}'), { value: true });
  t.like(await evaluate("number", '{"age":null}'), { value: false });
  t.like(await evaluate("number", '{"age":3e1,"__proto__":{"age":1},"flags":["x"]}'), { value: true });
  const chosen = (flags: unknown) => ask(url, "POST", BULK, { body: { context: { ...CONTEXT, flags } } });
  const { body } = await chosen("list,number");
  t.deepEqual(
    (body as { flags: { key: string; value: unknown }[] }).flags.map(({ key, value }) => [key, value]),
    [
      ["list", true],
      ["number", true],
    ],
  );
  for (const flags of [7, true, ["number"], { number: 1 }]) {
    const { status, body: refused } = await chosen(flags);
    t.deepEqual(
      [status, refused],
      [400, { errorCode: "INVALID_CONTEXT", errorDetails: "invalid values for key(s) in json body" }],
    );
  }
  for (const context of ["7", '"x"', "[]", "true"]) {
    t.like(await evaluate("number", context), { key: "number", errorCode: "INVALID_CONTEXT" });
  }
  const native = await ask(url, "POST", "evaluate/v1/boolean", { body: { flagKey: "number", context: { age: 30 } } });
  t.is(native.status, 400);
});

test("every error of a single evaluation names the flag, which is what providers tell errors by", async (t) => {
  const open = await start(t);
  const closed = await start(t, {
    config: {
      authentication: {
        required: true,
        exclude: { evaluation: false, ofrep: false },
        session: NO_SESSIONS,
        methods: [tokenMethod({ app: { credential: new Secret("s3cret") } })],
      },
    } as never,
  });
  const path = `${BULK}/number`;
  for (const [status, errorCode, answer] of [
    [400, "INVALID_CONTEXT", ask(open.url, "POST", path, { body: "{" })],
    [400, "INVALID_CONTEXT", ask(open.url, "POST", path, { body: "[]" })],
    [400, "INVALID_CONTEXT", ask(open.url, "POST", path, { body: { context: 7 } })],
    [400, "INVALID_CONTEXT", ask(open.url, "POST", path, { body: "[".repeat(600) })],
    [413, "GENERAL", ask(open.url, "POST", path, { body: " ".repeat(4 * 1024 * 1024 + 1) })],
    [404, "FLAG_NOT_FOUND", ask(open.url, "POST", path, { body: {}, headers: { "X-Flipt-Environment": "prod" } })],
    [404, "FLAG_NOT_FOUND", ask(open.url, "POST", path, { body: {}, headers: { "X-Flipt-Namespace": "ghost" } })],
    [501, "GENERAL", ask(open.url, "GET", path)],
    [401, "GENERAL", ask(closed.url, "POST", path, { body: {} })],
  ] as const) {
    const { status: got, body, text } = await answer;
    t.is(got, status, text);
    t.like(body, { key: "number", errorCode }, text);
    t.is(typeof (body as { errorDetails?: unknown }).errorDetails, "string", text);
  }
  t.like((await ask(open.url, "POST", `${BULK}/a%20b`, { body: "{" })).body, { key: "a b" });
  t.deepEqual(Object.keys((await ask(open.url, "POST", BULK, { body: "{" })).body as object), [
    "errorCode",
    "errorDetails",
  ]);
});

test("the stream that a bulk answer names leaves the characters as they are that a path may have", async (t) => {
  const { url } = await start(t);
  const { body } = await ask(url, "POST", BULK, { body: {}, headers: { "X-Flipt-Namespace": "a,b" } });
  t.like(body, { eventStreams: { 0: { endpoint: { requestUri: "/ofrep/v1/_stream/default/a,b/events" } } } });
});
