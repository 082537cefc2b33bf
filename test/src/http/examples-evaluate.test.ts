import test, { type ExecutionContext } from "ava";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { ask, matches } from "../helpers/http/answers.js";
import { startTestServer } from "../helpers/http/http-server.js";

async function start(t: ExecutionContext): Promise<string> {
  const { url, snapshots } = await startTestServer(t);
  await new FilePublisher(t, snapshots).publish("default", exampleFiles());
  return url;
}

const NOT_FOUND = (message: string): unknown => ({ code: 5, message, details: [] });
const INVALID = (message: string): unknown => ({ code: 3, message, details: [] });
const DEFAULT = "DEFAULT_EVALUATION_REASON";
const MATCH = "MATCH_EVALUATION_REASON";

const boolean = (flagKey: string, enabled: boolean, reason: string, more: object = {}): unknown => ({
  enabled,
  reason,
  requestId: "@uuid",
  requestDurationMillis: "@ms",
  timestamp: "@ts",
  flagKey,
  segmentKeys: [],
  ...more,
});

const variant = (
  flagKey: string,
  match: boolean,
  reason: string,
  key: string,
  attachment: string,
  more: object = {},
) => ({
  match,
  segmentKeys: [],
  reason,
  variantKey: key,
  variantAttachment: attachment,
  requestId: "@uuid",
  requestDurationMillis: "@ms",
  timestamp: "@ts",
  flagKey,
  ...more,
});

const DARK = '{"hex":"#000","level":3}';

test("E1–E6: boolean evaluation", async (t) => {
  const url = await start(t);
  const post = (body: unknown) => ask(url, "POST", "evaluate/v1/boolean", { body });
  const e1 = await post({
    namespaceKey: "default",
    flagKey: "checkout",
    entityId: "user-1",
    context: {},
    requestId: "r-1",
  });
  t.is(e1.status, 200);
  t.is(e1.headers.get("content-type"), "application/json");
  matches(t, e1.body, boolean("checkout", false, DEFAULT, { requestId: "r-1" }));
  matches(t, (await post({ flagKey: "checkout", entityId: "alice" })).body, boolean("checkout", true, MATCH));
  matches(
    t,
    (await post({ flagKey: "checkout", entityId: "user-1", context: { plan: "beta" } })).body,
    boolean("checkout", true, MATCH, { segmentKeys: ["beta"] }),
  );
  matches(t, (await post({ flagKey: "banner", entityId: "user-1" })).body, boolean("banner", true, DEFAULT));
  const e5 = await post({ flagKey: "theme", entityId: "user-1" });
  t.deepEqual([e5.status, e5.body], [400, INVALID("flag type VARIANT_FLAG_TYPE invalid")]);
  for (const [entityId, enabled, reason, segmentKeys] of [
    ["id-150", true, MATCH, []],
    ["id-23", false, DEFAULT, []],
    ["user-4", true, MATCH, []],
    ["u@example.com", true, MATCH, ["beta"]],
  ] as const) {
    const answer = await post({ flagKey: "checkout", entityId, context: {} });
    matches(t, answer.body, boolean("checkout", enabled, reason, { segmentKeys }), entityId);
  }
});

test("E7–E12: variant evaluation", async (t) => {
  const url = await start(t);
  const post = (body: unknown) => ask(url, "POST", "evaluate/v1/variant", { body });
  const germans = { segmentKeys: ["germany", "adults"] };
  const e7 = await post({
    flagKey: "theme",
    entityId: "user-1",
    context: { country: "de", age: "30" },
    requestId: "r-7",
  });
  matches(t, e7.body, variant("theme", true, MATCH, "blue", "null", { ...germans, requestId: "r-7" }));
  matches(
    t,
    (await post({ flagKey: "theme", entityId: "user-1" })).body,
    variant("theme", false, DEFAULT, "light", "null"),
  );
  matches(
    t,
    (await post({ flagKey: "plain", entityId: "user-1" })).body,
    variant("plain", false, "UNKNOWN_EVALUATION_REASON", "", ""),
  );
  const e10 = await post({ flagKey: "retired", entityId: "user-1" });
  const retired = e10.body as { variantAttachment: string };
  t.deepEqual(JSON.parse(retired.variantAttachment), [1, "two"]);
  matches(t, e10.body, variant("retired", false, "FLAG_DISABLED_EVALUATION_REASON", "off", retired.variantAttachment));
  const e11 = await post({ flagKey: "banner", entityId: "user-1" });
  t.deepEqual([e11.status, e11.body], [400, INVALID("flag type BOOLEAN_FLAG_TYPE invalid")]);

  const adult = (age: string): Record<string, string> => ({ country: "de", age });
  for (const [entityId, context, match, key, attachment, segmentKeys] of [
    ["user-3", adult("30"), true, "dark", DARK, ["germany", "adults"]],
    ["id-892", adult("18"), true, "light", "null", ["germany", "adults"]],
    ["id-1894", adult("18"), true, "dark", DARK, ["germany", "adults"]],
    ["id-243", adult("18"), true, "dark", DARK, ["germany", "adults"]],
    ["id-872", adult("18"), true, "blue", "null", ["germany", "adults"]],
    ["id-221", adult("18"), true, "blue", "null", ["germany", "adults"]],
    ["user-1", adult("18.0"), true, "blue", "null", ["germany", "adults"]],
    ["user-1", { plan: "canary" }, true, "dark", DARK, ["beta"]],
    ["user-1", { plan: "canary", ...adult("30") }, true, "dark", DARK, ["beta"]],
    ["u@example.com", {}, true, "dark", DARK, ["beta"]],
    ["user-1", adult("17"), true, "light", "null", ["germany"]],
    ["user-1", { country: "de" }, true, "light", "null", ["germany"]],
    ["user-1", { country: "DE" }, false, "light", "null", []],
  ] as const) {
    const answer = await post({ flagKey: "theme", entityId, context });
    const expected = variant("theme", match, match ? MATCH : DEFAULT, key, attachment, { segmentKeys });
    matches(t, answer.body, expected, `${entityId} ${JSON.stringify(context)}`);
  }
});

test("E13–E24: how requests are read, and what is not found", async (t) => {
  const url = await start(t);
  const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    ask(url, "POST", `evaluate/v1/${path}`, { body, headers });
  const snake = { namespace_key: "default", flag_key: "checkout", entity_id: "user-1", context: { plan: null } };
  const e13 = await post("boolean", { ...snake, reference: null, extra: [1] });
  matches(t, e13.body, boolean("checkout", false, DEFAULT));
  const e14 = await post(
    "boolean/",
    { flagKey: "banner", entityId: "u" },
    { "content-type": "text/plain;charset=UTF-8" },
  );
  matches(t, e14.body, boolean("banner", true, DEFAULT));
  const wrongType = await post("boolean", { flagKey: "banner", entityId: "u", context: { age: 30 } });
  t.deepEqual([wrongType.status, wrongType.body], [400, INVALID("invalid values for key(s) in json body")]);
  const truncated = await post("boolean", "{");
  t.deepEqual([truncated.status, truncated.body], [400, INVALID("unexpected EOF")]);

  const missing: readonly (readonly [string, unknown, Record<string, string>, string])[] = [
    ["boolean", undefined, {}, 'flag "default" not found'],
    ["boolean", "null", {}, 'flag "default" not found'],
    ["variant", { flagKey: "nope", entityId: "u" }, {}, 'flag "default/nope" not found'],
    ["variant", { namespaceKey: "ghost", flagKey: "theme", entityId: "u" }, {}, 'namespace "ghost" not found'],
    [
      "boolean",
      { flagKey: "banner", entityId: "u" },
      { "X-Flipt-Environment": "prod" },
      'failed to get environment "prod" from context: environment: "prod" not found',
    ],
    [
      "boolean",
      { flagKey: "kill-switch", entityId: "u" },
      { "X-Flipt-Namespace": "ops" },
      'flag "default/kill-switch" not found',
    ],
  ];
  for (const [path, body, headers, message] of missing) {
    const answer = await post(path, body, headers);
    t.deepEqual([answer.status, answer.body], [404, NOT_FOUND(message)]);
  }
  const e21 = await post("boolean", { environmentKey: "prod", flagKey: "banner", entityId: "u" });
  matches(t, e21.body, boolean("banner", true, DEFAULT));
  const e22 = await post(
    "boolean",
    { environmentKey: "default", flagKey: "banner", entityId: "u" },
    { "X-Flipt-Environment": "prod" },
  );
  matches(t, e22.body, boolean("banner", true, DEFAULT));
  const e24 = await ask(url, "GET", "evaluate/v1/boolean");
  t.deepEqual([e24.status, e24.body], [501, { code: 12, message: "Method Not Allowed", details: [] }]);
  const nothing = await ask(url, "GET", "evaluate/v1/nothing");
  t.deepEqual([nothing.status, nothing.body], [404, NOT_FOUND("Not Found")]);
});

test("E25–E27: batches", async (t) => {
  const url = await start(t);
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    ask(url, "POST", "evaluate/v1/batch", { body, headers });
  const e25 = await post({
    requestId: "b-1",
    requests: [
      { flagKey: "banner", entityId: "u" },
      { flagKey: "nope", entityId: "u" },
      { namespaceKey: "ops", flagKey: "tier", entityId: "u", requestId: "i-3" },
    ],
  });
  const error = (flagKey: string, namespaceKey: string): unknown => ({
    type: "ERROR_EVALUATION_RESPONSE_TYPE",
    errorResponse: { flagKey, namespaceKey, reason: "NOT_FOUND_ERROR_EVALUATION_REASON" },
  });
  matches(t, e25.body, {
    requestId: "b-1",
    requestDurationMillis: "@ms",
    responses: [
      {
        type: "BOOLEAN_EVALUATION_RESPONSE_TYPE",
        booleanResponse: boolean("banner", true, DEFAULT, { requestId: "" }),
      },
      error("nope", ""),
      {
        type: "VARIANT_EVALUATION_RESPONSE_TYPE",
        variantResponse: variant("tier", true, MATCH, "gold", '{"limit":10}', {
          requestId: "i-3",
          segmentKeys: ["all"],
        }),
      },
    ],
  });
  matches(t, (await post({})).body, { requestId: "@uuid", responses: [], requestDurationMillis: "@ms" });
  const e27 = await post({ requests: [{ flagKey: "banner", entityId: "u" }] }, { "X-Flipt-Environment": "prod" });
  t.is(e27.status, 404);
  t.deepEqual(e27.body, NOT_FOUND('failed to get environment "prod" from context: environment: "prod" not found'));
  const ghost = await post({ requestId: "b", requests: [{ namespaceKey: "ghost", flagKey: "x" }] });
  matches(t, ghost.body, { requestId: "b", requestDurationMillis: "@ms", responses: [error("x", "ghost")] });
  const php = await post({ requestId: "p", requests: { 0: { flagKey: "x" }, 1: null } });
  matches(t, php.body, {
    requestId: "p",
    requestDurationMillis: "@ms",
    responses: [error("x", ""), error("", "")],
  });
});
