import test, { type ExecutionContext } from "ava";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { ask } from "../helpers/http/answers.js";
import {
  type AnsweredRequest,
  checkAnswer,
  describedApi,
  type OpenApiDocument,
  servedApi,
} from "../helpers/http/described-answers.js";
import { startTestServer } from "../helpers/http/http-server.js";
import { plainConfig } from "../helpers/http/plain-config.js";

async function start(t: ExecutionContext): Promise<{ url: string; document: OpenApiDocument }> {
  const { url, snapshots, storages } = await startTestServer(t, {
    engine: {
      sync: (id) => (id === "main" ? Promise.resolve(storages[0] as (typeof storages)[number]) : undefined),
    },
  });
  storages.push({
    id: "main",
    backend: "memory",
    state: "stale",
    revision: "a".repeat(40),
    environments: ["default"],
    hasSnapshot: true,
    lastSuccess: Date.now(),
    stalenessSeconds: 3,
    lastError: { code: "VEXIL_CONNECTION_DNS", step: "dns", message: "no such host", at: Date.now() },
    nextPoll: Date.now(),
    quarantined: [
      { file: "a/features.yaml", line: 3, namespace: "a", reason: "flags.0.key: missing", revision: "b".repeat(40) },
    ],
    uncommitted: ["a/features.yaml"],
    blocked: { code: "VEXIL_UNAVAILABLE_BLOCKED", reason: "a merge is under way" },
  });
  await new FilePublisher(t, snapshots).publish("default", exampleFiles());
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument;
  return { url, document };
}

const body = (flagKey: string): object => ({ flagKey, entityId: "u", context: { country: "de", age: "30" } });

test("the description that is served is the one that all tests hold answers against", async (t) => {
  const { document } = await start(t);
  t.is(document.openapi, "3.1.0");
  t.deepEqual(document, servedApi(plainConfig()));
  const described = describedApi();
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, { responses }] of Object.entries(operations)) {
      t.deepEqual(responses, described.paths[path]?.[method]?.responses, `${method} ${path}`);
    }
  }
});

test("answers of this process fit the description, those with all optional members too", async (t) => {
  const { url } = await start(t);
  const calls: readonly (readonly [string, string, unknown?])[] = [
    ["POST", "evaluate/v1/boolean", body("banner")],
    ["POST", "evaluate/v1/boolean", body("theme")],
    ["POST", "evaluate/v1/boolean", body("nope")],
    ["POST", "evaluate/v1/variant", body("theme")],
    ["POST", "evaluate/v1/variant", "{"],
    ["POST", "evaluate/v1/batch", { requests: [body("theme"), body("banner"), body("nope")] }],
    ["GET", "client/v2/environments/default/namespaces/default/snapshot"],
    ["GET", "client/v2/environments/default/namespaces/ghost/snapshot"],
    ["GET", "internal/v1/evaluation/snapshot/namespace/ops?pretty"],
    ["POST", "ofrep/v1/evaluate/flags/theme", { context: { targetingKey: "u" } }],
    ["POST", "ofrep/v1/evaluate/flags/nope", {}],
    ["POST", "ofrep/v1/evaluate/flags", { context: { targetingKey: "u" } }],
    ["POST", "ofrep/v1/evaluate/flags", { context: 7 }],
    ["GET", "ofrep/v1/evaluate/flags"],
    ["GET", "ofrep/v1/_stream/default/default/events"],
    ["GET", "api/v1/namespaces/default/flags"],
    ["GET", "api/v1/namespaces/ghost/flags"],
    ["GET", "api/v1/flags"],
    ["GET", "api/status"],
    ["POST", "api/storages/main/sync"],
    ["POST", "api/storages/main/sync?wait=true"],
    ["POST", "api/storages/ghost/sync"],
    ["GET", "auth/v1/method"],
    ["GET", "auth/v1/self"],
    ["GET", "meta/info"],
    ["GET", "metrics"],
    ["GET", "health"],
    ["GET", "health/live"],
    ["GET", "health/ready"],
    ["PUT", "health"],
    ["GET", "openapi.json"],
  ];
  for (const [method, path, requestBody] of calls) {
    const { status, headers, text } = await ask(url, method, path, { body: requestBody });
    const header = (name: string): string | undefined => headers.get(name) ?? undefined;
    t.notThrows(() => checkAnswer({ method, target: `/${path}`, status, header, body: text }));
  }
});

test("an answer that is not described is found out", (t) => {
  const found = (answer: Partial<AnsweredRequest>, reason: RegExp): void => {
    const header = (name: string): string | undefined => (name === "content-type" ? "application/json" : undefined);
    const known = { method: "GET", target: "/health", status: 200, header, body: '{"status":"SERVING"}' };
    t.notThrows(() => checkAnswer(known));
    t.throws(() => checkAnswer({ ...known, ...answer }), { message: reason });
  };
  found({ status: 418 }, /no such status/);
  found({ body: '{"status":"SERVING","more":1}' }, /does not fit/);
  found({ body: "" }, /no JSON/);
  found({ header: () => "text/html" }, /not as text\/html/);
  found({ target: "/evaluate/v1/nothing" }, /is no operation/);
  found({ method: "POST" }, /is no operation/);
  const snapshot = "/internal/v1/evaluation/snapshot/namespace/ops";
  found({ target: snapshot, status: 304, body: "" }, /no header Etag/);
  found({ target: snapshot, status: 304, header: () => "x" }, /described without/);
  const stream = "/client/v2/environments/default/namespaces/ops/stream";
  found({ target: stream, body: '{"result":{}}\n' }, /does not fit/);
  found({ target: stream, header: () => "text/event-stream", body: 'data: {"etag":1}\n\n' }, /does not fit/);
});

test("every operation has a name of its own and describes its path's parameters", async (t) => {
  const { document } = await start(t);
  const names = new Set<string>();
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = operation.operationId;
      t.false(names.has(name), name);
      names.add(name);
      const described = operation.parameters.filter((parameter) => parameter.in === "path").map(({ name: n }) => n);
      t.deepEqual(
        described,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter ?? ""),
        `${method} ${path}`,
      );
    }
  }
  t.true(names.size > 15);
});
