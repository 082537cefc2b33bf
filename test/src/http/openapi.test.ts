import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import test, { type ExecutionContext } from "ava";
import { ask } from "../helpers/answers.js";
import { startTestServer } from "../helpers/http-server.js";
import { exampleFiles, FilePublisher } from "../helpers/published-files.js";

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, { readonly schema?: object }> }>>;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object };
}

async function start(t: ExecutionContext): Promise<{ url: string; document: Document }> {
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
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  return { url, document };
}

function validator(document: Document, path: string, method: string, status: number): ValidateFunction | undefined {
  const operation = document.paths[path]?.[method.toLowerCase()];
  const answer = operation?.responses[String(status)] ?? operation?.responses.default;
  const schema = answer?.content?.["application/json"]?.schema;
  if (schema === undefined) return undefined;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  return ajv.compile({ ...schema, components: document.components });
}

const body = (flagKey: string): object => ({ flagKey, entityId: "u", context: { country: "de", age: "30" } });

test("every answer fits the description of its route", async (t) => {
  const { url, document } = await start(t);
  t.is(document.openapi, "3.1.0");
  const calls: readonly (readonly [string, string, string, unknown?, Record<string, string>?])[] = [
    ["POST", "/evaluate/v1/boolean", "evaluate/v1/boolean", body("banner")],
    ["POST", "/evaluate/v1/boolean", "evaluate/v1/boolean", body("theme")],
    ["POST", "/evaluate/v1/boolean", "evaluate/v1/boolean", body("nope")],
    ["POST", "/evaluate/v1/variant", "evaluate/v1/variant", body("theme")],
    ["POST", "/evaluate/v1/variant", "evaluate/v1/variant", "{"],
    ["POST", "/evaluate/v1/batch", "evaluate/v1/batch", { requests: [body("theme"), body("banner"), body("nope")] }],
    [
      "GET",
      "/client/v2/environments/{environment}/namespaces/{namespace}/snapshot",
      "client/v2/environments/default/namespaces/default/snapshot",
    ],
    [
      "GET",
      "/client/v2/environments/{environment}/namespaces/{namespace}/snapshot",
      "client/v2/environments/default/namespaces/ghost/snapshot",
    ],
    ["GET", "/internal/v1/evaluation/snapshot/namespace/{namespace}", "internal/v1/evaluation/snapshot/namespace/ops"],
    ["POST", "/ofrep/v1/evaluate/flags/{key}", "ofrep/v1/evaluate/flags/theme", { context: { targetingKey: "u" } }],
    ["POST", "/ofrep/v1/evaluate/flags/{key}", "ofrep/v1/evaluate/flags/nope", {}],
    ["POST", "/ofrep/v1/evaluate/flags", "ofrep/v1/evaluate/flags", { context: { targetingKey: "u" } }],
    ["POST", "/ofrep/v1/evaluate/flags", "ofrep/v1/evaluate/flags", { context: 7 }],
    ["GET", "/api/v1/namespaces/{namespace}/flags", "api/v1/namespaces/default/flags"],
    ["GET", "/api/v1/namespaces/{namespace}/flags", "api/v1/namespaces/ghost/flags"],
    ["GET", "/api/v1/flags", "api/v1/flags"],
    ["GET", "/api/status", "api/status"],
    ["POST", "/api/storages/{storage}/sync", "api/storages/main/sync"],
    ["POST", "/api/storages/{storage}/sync", "api/storages/main/sync?wait=true"],
    ["POST", "/api/storages/{storage}/sync", "api/storages/ghost/sync"],
    ["GET", "/auth/v1/method", "auth/v1/method"],
    ["GET", "/auth/v1/self", "auth/v1/self"],
    ["GET", "/meta/info", "meta/info"],
    ["GET", "/health", "health"],
    ["GET", "/health/live", "health/live"],
    ["GET", "/health/ready", "health/ready"],
    ["GET", "/openapi.json", "openapi.json"],
  ];
  for (const [method, template, path, requestBody, headers] of calls) {
    const answer = await ask(url, method, path, { body: requestBody, ...(headers === undefined ? {} : { headers }) });
    const validate = validator(document, template, method, answer.status);
    t.truthy(validate, `${method} ${path} ${answer.status} is not described`);
    t.true(validate?.(answer.body), `${method} ${path}: ${JSON.stringify(validate?.errors)} ${answer.text}`);
  }
});

test("every operation has a name of its own and describes its path's parameters", async (t) => {
  const { document } = await start(t);
  const names = new Set<string>();
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = (operation as Operation & { operationId: string }).operationId;
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
