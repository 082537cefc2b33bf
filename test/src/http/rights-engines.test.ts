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
  readonly request: { readonly operation: string; readonly environment?: string };
  readonly authentication: { readonly id: string };
}

/** Plays an OPA server whose policy is a function. */
async function opaServer(
  t: ExecutionContext,
): Promise<{ url: string; policy: (input: Input) => boolean; stop(): void }> {
  const opa = { url: "", policy: (_input: Input): boolean => true, stop: () => {} };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { input } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { input: Input };
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
