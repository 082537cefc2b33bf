import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { ask } from "../helpers/http/answers.js";
import type { OpenApiDocument } from "../helpers/http/described-answers.js";
import {
  type DescribedOperation,
  describedOperations,
  type GeneratedRequest,
  invalidRequests,
  type Known,
  validRequests,
} from "../helpers/http/described-requests.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const RUNS = Number(process.env.VEXIL_FUZZ_RUNS ?? 4);
const TOKEN = "t0ken";
const AUTHENTICATION = {
  required: true,
  methods: { token: { enabled: true, storage: { tokens: { ci: { credential: TOKEN } } } } },
};
/** Position of a stream of no environment. */
const NOWHERE = "AQAAAAAAAAAAAAAAAAAAAA";
const KNOWN: Known = {
  environment: ["default"],
  namespace: ["default", "ops"],
  type: ["flipt.core.Flag", "flipt.core.Segment"],
  key: ["default", "ops", "banner", "theme", "beta"],
  storage: ["main"],
  wait: ["true"],
  after: [NOWHERE],
  "Last-Event-ID": [NOWHERE],
  flagKey: ["banner", "theme"],
};

async function start(t: ExecutionContext, authentication: object) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const daemon = await inProcessDaemon(t, {
    storage: { main: { backend: { type: "local", path: repository.path }, webhook: { type: "generic", secret: "s" } } },
    environments: { default: { storage: "main", default: true } },
    authentication,
  });
  await daemon.start();
  const authorization = { authorization: `Bearer ${TOKEN}` };
  const { body } = await ask(daemon.url(), "GET", "openapi.json", { headers: authorization });
  const send = async (
    { method, path }: DescribedOperation,
    { target, headers, body: sent }: GeneratedRequest,
    credential: object = authorization,
  ): Promise<number> => {
    if (/\/(stream|events)$/.test(path)) {
      const abort = new AbortController();
      const options = { method, headers: { ...headers, ...credential }, signal: abort.signal };
      const response = await fetch(`${daemon.url()}/${target}`, options);
      abort.abort();
      return response.status;
    }
    const options = { headers: { ...headers, ...credential }, ...(sent === undefined ? {} : { body: sent }) };
    return (await ask(daemon.url(), method, target, options)).status;
  };
  return { operations: describedOperations(body as OpenApiDocument), send };
}

/** Split so that each test ends soon: writes are commits. */
const PARTS = {
  reads: ({ method, path }: DescribedOperation) => method === "GET" || !path.startsWith("/api/v2/"),
  writes: ({ method, path }: DescribedOperation) => method !== "GET" && path.startsWith("/api/v2/"),
} as const;

/** 404 and 409 are about what there is; a webhook's own 401 is about its secret. */
function isRefused(status: number, { path }: DescribedOperation): boolean {
  return status >= 400 && ![404, 409].includes(status) && !(status === 401 && path.startsWith("/hooks/"));
}

// That an answer's status, headers and body are described is seen to for whatever a test fetches (`check-answers.ts`).
for (const [who, authentication] of [
  ["anybody", {}],
  ["callers with a token", AUTHENTICATION],
] as const) {
  for (const [part, belongs] of Object.entries(PARTS)) {
    test(`a daemon for ${who} takes the ${part} that its description allows and refuses what it does not`, async (t) => {
      const { operations, send } = await start(t, authentication);
      t.true(operations.length >= 39, `${operations.length} operations`);
      t.is(
        operations.some(({ needsCredential }) => needsCredential),
        who !== "anybody",
      );
      for (const operation of operations.filter(belongs)) {
        const { method, path, needsCredential } = operation;
        const check = async (requests: fc.Arbitrary<GeneratedRequest>, isWrong: (status: number) => boolean) =>
          fc.assert(
            fc.asyncProperty(requests, async (request) => {
              const status = await send(operation, request);
              if (isWrong(status)) throw new Error(`${method} ${path}: ${status} to ${JSON.stringify(request)}`);
            }),
            { numRuns: RUNS, includeErrorInReport: true, endOnFailure: true },
          );
        const allowed = validRequests(operation, KNOWN);
        await check(allowed, (status) => isRefused(status, operation));
        const wrong = invalidRequests(operation, KNOWN);
        if (wrong !== undefined) await check(wrong, (status) => status < 400 || status >= 500);
        const [request] = fc.sample(allowed, 1);
        if (request !== undefined && needsCredential) t.is(await send(operation, request, {}), 401, path);
      }
    });
  }
}

test("a message without a field that its description requires is refused", async (t) => {
  const { operations, send } = await start(t, {});
  let tried = 0;
  for (const operation of operations) {
    const { method, path, body } = operation;
    const required = (body?.required ?? []) as readonly string[];
    const [request] = fc.sample(validRequests(operation, KNOWN), 1);
    if (request?.body === undefined || body?.properties === undefined) continue;
    const whole = JSON.parse(request.body) as Readonly<Record<string, unknown>> | null;
    for (const name of required) {
      const { [name]: _, ...less } = whole ?? {};
      const status = await send(operation, { ...request, body: JSON.stringify(less) });
      t.true(status >= 400 && status < 500, `${method} ${path} without ${name}: ${status}`);
      tried += 1;
    }
  }
  t.true(tried > 5, `${tried} fields are required`);
});
