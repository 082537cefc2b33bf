import { createHmac } from "node:crypto";
import test from "ava";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { ask } from "../helpers/http/answers.js";
import { checkAnswer, describedApi, operationOf } from "../helpers/http/described-answers.js";
import { openStream } from "../helpers/http/open-stream.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const TOKEN = "t0ken";
const SECRET = "s3cret";
const M = "/api/v2/environments";
const FLAG = `${M}/default/namespaces/team/resources/flipt.core.Flag`;
const SEGMENT = `${M}/default/namespaces/team/resources/flipt.core.Segment`;
const RESOURCES = `${M}/default/namespaces/team/resources`;

const flag = (enabled: boolean): object => ({
  key: "on",
  payload: {
    "@type": "flipt.core.Flag",
    key: "on",
    name: "On",
    type: "BOOLEAN_FLAG_TYPE",
    enabled,
    metadata: { owner: "web", tier: 1, nested: [null, { a: true }] },
    rollouts: [{ type: "SEGMENT_ROLLOUT_TYPE", segment: { segments: ["staff"], value: true } }],
  },
});
const segment = {
  key: "staff",
  payload: {
    "@type": "type.googleapis.com/flipt.core.Segment",
    key: "staff",
    name: "Staff",
    matchType: "ANY_MATCH_TYPE",
    constraints: [{ type: "STRING_COMPARISON_TYPE", property: "plan", operator: "isoneof", value: '["a"]' }],
  },
};

const ANALYTICS = "/internal/v2/analytics/environments/default/namespaces/default";
const [FROM, TO] = ["2026-01-01T00:00:00Z", "2026-01-01T06:00:00Z"];

type Call = readonly [method: string, target: string, status: number, body?: unknown];

/** In this order; `HEAD` stands for the revision of the last write before. */
const CALLS: readonly Call[] = [
  ["GET", M, 200],
  ["POST", `${M}/default/namespaces`, 200, { key: "team", name: "Team" }],
  ["POST", `${M}/default/namespaces`, 409, { key: "team", name: "Team" }],
  ["POST", `${M}/default/namespaces`, 400, { key: "not a key" }],
  ["PUT", `${M}/default/namespaces`, 200, { key: "team", name: "The team", description: "d", protected: true }],
  ["PUT", `${M}/default/namespaces`, 404, { key: "ghost" }],
  ["GET", `${M}/default/namespaces`, 200],
  ["GET", `${M}/default/namespaces/team`, 200],
  ["GET", `${M}/ghost/namespaces`, 404],
  ["POST", RESOURCES, 200, segment],
  ["POST", RESOURCES, 200, flag(false)],
  ["PUT", RESOURCES, 200, flag(true)],
  ["PUT", RESOURCES, 409, { ...flag(false), revision: "1".repeat(40) }],
  ["PUT", RESOURCES, 400, { key: "on", payload: { "@type": "foo.Bar" } }],
  ["PUT", RESOURCES, 413, "x".repeat(4 * 1024 * 1024 + 1)],
  ["GET", FLAG, 200],
  ["GET", `${FLAG}/on`, 200],
  ["GET", `${SEGMENT}/staff`, 200],
  ["GET", `${M}/default/namespaces/default/resources/flipt.core.Flag/theme`, 200],
  ["GET", `${FLAG}/nope`, 404],
  ["DELETE", `${SEGMENT}/staff`, 400],
  ["POST", "/evaluate/v1/boolean", 200, { namespaceKey: "team", flagKey: "on", context: { plan: "a" } }],
  ["POST", "/evaluate/v1/variant", 200, { flagKey: "theme", entityId: "u" }],
  ["POST", "/evaluate/v1/batch", 200, { requests: [{ flagKey: "theme" }, { flagKey: "banner" }, { flagKey: "x" }] }],
  ["POST", "/evaluate/v1/explain", 200, { flagKey: "theme", entityId: "u" }],
  ["GET", "/client/v2/environments/default/namespaces/team/snapshot", 200],
  ["GET", "/internal/v1/evaluation/snapshot/namespace/default", 200],
  ["POST", "/ofrep/v1/evaluate/flags", 200, { context: { targetingKey: "u" } }],
  ["POST", "/ofrep/v1/evaluate/flags/theme", 200, {}],
  ["GET", "/api/v1/namespaces/default/flags", 200],
  ["GET", "/api/v1/flags?limit=2&namespaceKey=default", 200],
  ["GET", "/api/v1/flags?limit=x", 400],
  ["GET", `${M}/default/history?limit=3`, 200],
  ["GET", `${M}/default/namespaces/team/history`, 200],
  ["GET", `${FLAG}/on/history`, 200],
  ["GET", `${M}/default/history?pageToken=x`, 400],
  ["GET", `${M}/default/compare?base=HEAD~1&regions=all`, 200],
  ["POST", `${M}/default/bisect`, 200, { flagKey: "theme", entityId: "u" }],
  ["GET", `${M}/default/compare`, 400],
  ["POST", `${FLAG}/on/rollback`, 200, { to: "HEAD" }],
  ["POST", `${M}/default/namespaces/team/rollback`, 200, { to: "HEAD" }],
  ["POST", `${M}/default/namespaces/team/rollback`, 404, { to: "2".repeat(40) }],
  ["POST", `${M}/default/rollback`, 200, { to: "HEAD" }],
  ["POST", `${M}/default/rollback`, 404, { to: "2".repeat(40) }],
  ["POST", `${M}/default/changes`, 200, { changes: [{ ...flag(false), namespaceKey: "team" }] }],
  ["POST", `${M}/default/changes`, 409, { changes: [{ ...flag(false), namespaceKey: "team", change: "create" }] }],
  ["POST", `${M}/default/changes`, 400, { changes: [] }],
  ["GET", `${M}/default/namespaces/team/rights`, 200],
  ["GET", `${M}/default/namespaces/default/last-changes`, 200],
  ["GET", "/api/v2/storages", 200],
  ["PUT", "/api/v2/usage/2026-11-30T11.0123456789abcdef", 200],
  ["PUT", "/api/v2/usage/2026-11-30T24.0123456789abcdef", 400],
  ["GET", "/git/default/info/refs?service=git-upload-pack", 200],
  ["GET", "/git/default/info/refs?service=git-receive-pack", 501],
  ["POST", "/git/default/git-upload-pack", 200, "0000"],
  ["GET", `${M}/default/namespaces/team/usage?days=7`, 200],
  ["GET", `${M}/default/namespaces/team/usage?days=1000`, 400],
  ["GET", `${M}/default/namespaces/ghost/usage`, 404],
  ["GET", `${ANALYTICS}/flags/theme?from=${FROM}&to=${TO}`, 200],
  ["GET", `${ANALYTICS}/flags/theme?from=soon&to=${TO}`, 400],
  ["POST", `${ANALYTICS}/batch`, 200, { flagKeys: ["theme", "banner"], from: FROM, to: TO, limit: 2 }],
  ["POST", `${M}/default/branches`, 200, { key: "try" }],
  ["POST", `${M}/default/branches`, 409, { key: "TRY" }],
  ["GET", `${M}/default/branches`, 200],
  ["GET", M, 200],
  ["GET", `${M}/default/branches/try/changes`, 501],
  ["POST", `${M}/default/branches/try`, 501, {}],
  ["DELETE", `${M}/default/branches/try`, 200],
  ["DELETE", `${FLAG}/on`, 200],
  ["DELETE", `${M}/default/namespaces/team`, 200],
  ["DELETE", `${M}/default/namespaces/default`, 400],
  ["POST", `${M}/locked/namespaces`, 403, { key: "team" }],
  ["POST", "/api/storages/default/sync", 202],
  ["POST", "/api/storages/default/sync?wait=true", 200],
  ["POST", "/api/storages/ghost/sync", 404],
  ["GET", "/api/status", 200],
  ["POST", "/hooks/default", 401, {}],
  ["GET", "/auth/v1/method", 200],
  ["GET", "/auth/v1/self", 200],
  ["PUT", "/auth/v1/self/expire", 404],
  ["DELETE", "/auth/v1/self/revoke", 200],
  ["GET", "/auth/v1/tokens", 200],
  ["GET", "/auth/v1/tokens/ghost", 404],
  ["DELETE", "/auth/v1/tokens/ghost", 404],
  ["GET", "/auth/v1/method/ghost/authorize", 404],
  ["GET", "/meta/info", 200],
  ["GET", "/metrics", 200],
  ["GET", "/health", 200],
  ["GET", "/health/live", 200],
  ["GET", "/health/ready", 200],
  ["GET", "/openapi.json", 200],
  ["GET", "/schemas/features.json", 200],
  ["GET", "/schemas/nothing.json", 404],
];

test("every operation of a daemon with a remote answers as it is described, and so does each kind of error", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const remote = await startGitHttpServer(t, repository.path);
  const daemon = await startDaemon(t, {
    config: {
      storage: {
        default: { remote: remote.url, poll_interval: "10m", webhook: { type: "generic", secret: SECRET } },
        locked: { remote: repository.url, poll_interval: "10m", read_only: true },
      },
      environments: {
        default: { name: "default", storage: "default", default: true },
        locked: { name: "locked", storage: "locked" },
      },
      authentication: {
        required: true,
        methods: { token: { enabled: true, storage: { tokens: { ci: { credential: TOKEN } } } } },
      },
    },
  });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const answered = new Set<string>();
  const statuses = new Set<number>();
  let head = "";
  const call = async ([method, target, status, body]: Call, given: Record<string, string> = headers): Promise<void> => {
    const sent = JSON.parse(JSON.stringify(body ?? null).replaceAll('"HEAD"', JSON.stringify(head))) as unknown;
    const options = { headers: given, ...(body === undefined ? {} : { body: sent }) };
    const answer = await ask(daemon.url, method, target.slice(1), options);
    t.is(answer.status, status, `${method} ${target}: ${answer.text}`);
    const header = (name: string): string | undefined => answer.headers.get(name) ?? undefined;
    t.notThrows(() => checkAnswer({ method, target, status, header, body: answer.text }));
    statuses.add(status);
    if (status < 300) answered.add(operationOf(method, target) ?? "");
    const { revision } = Object(answer.body) as { revision?: string };
    if (method !== "GET" && revision !== undefined) head = revision;
  };
  for (const one of CALLS) await call(one);

  for (const [method, target] of CALLS) {
    const isOpen = ["/health", "/metrics", "/auth/v1/method", "/hooks/", "/schemas/"].some((path) =>
      target.startsWith(path),
    );
    if (!isOpen) await call([method, target, 401, method === "GET" ? undefined : {}], {});
  }
  const signature = createHmac("sha256", SECRET).update("{}").digest("hex");
  await call(["POST", "/hooks/default", 202, {}], { "x-vexil-signature": `sha256=${signature}` });

  const stream = "/client/v2/environments/default/namespaces/ops/stream";
  const events = "/ofrep/v1/_stream/default/default/events";
  const changes = "/api/v2/events";
  for (const [target, accept, query = "", bad = "?digest=abc"] of [
    [stream, "application/json"],
    [stream, "text/event-stream"],
    [events, "text/event-stream"],
    [changes, "text/event-stream", "?from=beginning", "?after=abc"],
  ] as const) {
    const open = await openStream(t, daemon.url + target + query, { ...headers, accept });
    await open.until(() => open.messages().length > 0);
    answered.add(operationOf("GET", target) ?? "");
    for (const wrong of [bad, ""]) {
      const refused = await openStream(
        t,
        daemon.url + target + wrong,
        wrong === "" ? { accept } : { ...headers, accept },
      );
      await refused.ended;
      t.is(refused.status, wrong === "" ? 401 : 400);
    }
  }

  await remote.close();
  await call(["POST", `${M}/default/namespaces`, 503, { key: "unreachable" }]);

  // Answered, and held against the description, where there are logins (`http/logins`).
  const ofLogins = /^\/auth\/v1\/(?:method\/\{|tokens\/\{|self\/expire)/;
  const operations = Object.entries(describedApi().paths).flatMap(([path, methods]) =>
    ofLogins.test(path) ? [] : Object.values(methods),
  );
  const answerable = operations.filter(({ responses }) => Object.keys(responses).some((status) => status < "300"));
  t.deepEqual(
    answerable.map(({ operationId }) => operationId).filter((name) => !answered.has(name)),
    [],
  );
  t.deepEqual(
    [400, 401, 403, 404, 409, 413, 501, 503].filter((status) => !statuses.has(status)),
    [],
  );
});
