import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { openStream } from "../helpers/http/open-stream.js";
import { bearer, rightsConfig, rightsDaemon } from "../helpers/http/rights-daemon.js";

const READ = "/api/v2/environments/staging/namespaces";
const STREAM = "/client/v2/environments/staging/namespaces/default/stream";

interface Input {
  readonly request: {
    readonly operation: string;
    readonly action: string;
    readonly environment?: string;
    readonly namespace?: string;
  };
  readonly authentication: { readonly id: string };
}

interface OpaServer {
  url: string;
  policy: (input: Input) => boolean;
  readonly asked: Input[];
  stop(): void;
}

/** Plays an OPA server whose policy is a function. */
async function opaServer(t: ExecutionContext): Promise<OpaServer> {
  const opa: OpaServer = { url: "", policy: () => true, asked: [], stop: () => {} };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { input } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { input: Input };
      opa.asked.push(input);
      response.end(JSON.stringify({ result: opa.policy(input) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opa.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  opa.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  t.teardown(opa.stop);
  return opa;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("not within 60 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("an OPA server decides; what it decides anew ends streams, and without it nothing is allowed", async (t) => {
  const opa = await opaServer(t);
  const settings = { backend: "opa", opa: { url: opa.url, timeout: "5s", keep: "200ms" } };
  const { as, url, lines } = await rightsDaemon(t, rightsConfig(settings));
  opa.policy = ({ request, authentication }) =>
    authentication.id === "viewer" && request.environment === "staging" && request.operation !== "write";
  await until(async () => (await as("editor", "GET", READ)).status === 403);
  t.is((await as("viewer", "GET", READ)).status, 200);
  t.is((await as("viewer", "GET", READ.replace("staging", "production"))).status, 403);
  const stream = await openStream(t, `${url()}${STREAM}`, bearer("viewer"));
  t.is(stream.status, 200);
  opa.policy = ({ request }) => request.operation === "read";
  await stream.ended;
  t.regex(stream.text(), /permission denied/);
  await until(async () => (await as("editor", "GET", READ)).status === 200);
  opa.stop();
  await until(async () => (await as("editor", "GET", READ)).status === 403);
  t.true(lines.some(({ event }) => event === "access.refused"));
});

test("an OPA server hears of creating, updating and deleting by the compatible system's verbs", async (t) => {
  const opa = await opaServer(t);
  const settings = { backend: "opa", opa: { url: opa.url, timeout: "5s", keep: "1h" } };
  const { as } = await rightsDaemon(t, rightsConfig(settings));
  const namespaces = "/api/v2/environments/staging/namespaces";
  const resources = `${namespaces}/verbs/resources`;
  const branches = "/api/v2/environments/staging/branches";
  const flag = { key: "f", payload: { "@type": "flipt.core.Flag", key: "f", name: "F", type: "BOOLEAN_FLAG_TYPE" } };
  for (const [method, path, body, operation, action] of [
    ["POST", namespaces, { key: "verbs", name: "Verbs" }, "write", "create"],
    ["PUT", namespaces, { key: "verbs", name: "More" }, "write", "update"],
    ["POST", resources, flag, "write", "create"],
    ["PUT", resources, flag, "write", "update"],
    ["GET", `${resources}/flipt.core.Flag`, undefined, "read", "read"],
    ["DELETE", `${resources}/flipt.core.Flag/f`, undefined, "write", "delete"],
    ["DELETE", `${namespaces}/verbs`, undefined, "write", "delete"],
    ["POST", branches, { key: "b" }, "branch", "create"],
    ["DELETE", `${branches}/b`, undefined, "branch", "delete"],
  ] as const) {
    // Each verb is asked for by itself: what is kept of one does not allow another.
    opa.policy = ({ request }) => request.action === action && request.operation === operation;
    const { status, body: answer } = await as("editor", method, path, body);
    t.is(status, 200, `${method} ${path} ${JSON.stringify(answer)}`);
  }
  const before = opa.asked.length;
  opa.policy = () => false;
  t.is((await as("viewer", "DELETE", "/api/v2/environments/staging/namespaces/team-a")).status, 403);
  t.like(opa.asked.slice(before)[0]?.request, { operation: "write", action: "delete", namespace: "team-a" });
});

test("a batch of invented namespaces asks an engine few questions", async (t) => {
  const opa = await opaServer(t);
  const settings = { backend: "opa", opa: { url: opa.url, timeout: "5s", keep: "1h" } };
  const { as } = await rightsDaemon(t, rightsConfig(settings));
  opa.policy = ({ request }) => request.namespace === "default" || request.namespace === "n7";
  // Large bodies are of callers who are known.
  for (const token of ["viewer", "editor"]) t.is((await as(token, "GET", "/auth/v1/self")).status, 200);
  const before = opa.asked.length;
  const item = (namespaceKey: string): object => ({
    environmentKey: "staging",
    namespaceKey,
    flagKey: "on",
    entityId: "e",
  });
  const requests = [...Array.from({ length: 5000 }, (_, index) => item(`n${index}`)), item("default"), item("team-a")];
  const { status, body } = await as("viewer", "POST", "/evaluate/v1/batch", { requests });
  t.is(status, 200, JSON.stringify(body).slice(0, 500));
  t.is(opa.asked.length - before, 103, "100 that do not exist, all of them, and two that do");
  t.is(body.responses.length, 5002);
  const reason = (index: number): string => body.responses[index].errorResponse.reason;
  t.is(reason(0), "UNKNOWN_ERROR_EVALUATION_REASON");
  t.is(reason(7), "NOT_FOUND_ERROR_EVALUATION_REASON");
  t.is(reason(4999), "UNKNOWN_ERROR_EVALUATION_REASON");
  t.true(body.responses[5000].booleanResponse.enabled);
  t.is(reason(5001), "UNKNOWN_ERROR_EVALUATION_REASON");
  opa.policy = () => true;
  const all = await as("editor", "POST", "/evaluate/v1/batch", { requests });
  t.is(all.body.responses[4999].errorResponse.reason, "NOT_FOUND_ERROR_EVALUATION_REASON");
  t.true(all.body.responses[5001].booleanResponse.enabled);
});

const PLUGIN = `
export default {
  kind: "authorization",
  apiVersion: 1,
  name: "readers",
  schema: {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => Array.isArray(value.readers) ? { value } : { issues: [{ message: "no readers", path: ["readers"] }] },
    },
  },
  create: async ({ readers }) => ({
    decide: ({ identity }, { action }) => {
      if (identity.subject === "team") throw new Error("out of order");
      return identity.subject === "root" || (action === "read" && readers.includes(identity.subject));
    },
    close: async () => {},
  }),
};
`;

test("a plugin of one's own decides, by settings of its own; one that throws allows nothing", async (t) => {
  const file = join(await temporaryDirectory(t), "readers.mjs");
  await writeFile(file, PLUGIN);
  const { as } = await rightsDaemon(t, rightsConfig({ backend: file, settings: { readers: ["viewer"] } }));
  t.is((await as("viewer", "GET", READ)).status, 200);
  t.is((await as("viewer", "POST", "/evaluate/v1/boolean", { environmentKey: "staging", flagKey: "on" })).status, 403);
  t.is((await as("editor", "GET", READ)).status, 403);
  t.is((await as("team", "GET", READ)).status, 403);
  await t.throwsAsync(rightsDaemon(t, rightsConfig({ backend: file })), {
    message: /plugin "readers".*authorization\.settings\.readers: no readers/,
  });
});
