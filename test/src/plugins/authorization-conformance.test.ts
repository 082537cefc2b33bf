import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import opa from "@vexil/authorization-opa";
import roles from "@vexil/authorization-roles";
import { type AuthorizationPlugin, type Caller, defineAuthorization, z } from "@vexil/plugin-api";
import { authorizationConformance } from "@vexil/plugin-api/testing";
import test from "ava";

const CALLERS: readonly Caller[] = [
  { method: "token", identity: { subject: "ci-1", metadata: {}, claims: {} } },
  { method: "oidc", identity: { subject: "ada", metadata: {}, claims: { groups: ["devs"] } } },
];

const ROLES = {
  roles: {
    all: [{ actions: ["read", "evaluate", "sync"] }],
    some: [{ actions: ["write"], environments: ["prod*"], namespaces: ["default"] }],
  },
  bindings: [
    { role: "all", match: { token: "ci-*" } },
    { role: "some", match: { claims: { groups: "devs" } } },
  ],
};

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { input } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const result = input.authentication.method === 1 && input.request.operation !== "admin";
    response.setHeader("content-type", "application/json").end(JSON.stringify({ result }));
  });
});
test.before("start what plays OPA", () => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
test.after.always("stop it", () => {
  server.closeAllConnections();
  server.close();
});

const runs = [
  ["roles", authorizationConformance(roles, ROLES, { callers: CALLERS })],
  ["roles without any", authorizationConformance(roles, {}, { callers: CALLERS })],
  [
    "opa",
    authorizationConformance(
      opa,
      () => ({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        timeout: "5s",
        token: "canary-token-4711",
      }),
      { callers: CALLERS },
    ),
  ],
  ["opa that is away", authorizationConformance(opa, { url: "http://127.0.0.1:1" }, { callers: CALLERS })],
] as const;

for (const [name, cases] of runs) {
  for (const { title, run } of cases) {
    test.serial(`${name} ${title}`, async (t) => {
      const outcome = await run();
      if (name === "opa that is away") t.regex(outcome, /^passed$|^skipped: nothing can be decided/);
      else t.is(outcome, "passed");
    });
  }
}

/** Runs all cases over an engine with a fault; the titles of those that find it. */
async function findings(decide: (...asked: Parameters<Decide>) => unknown): Promise<readonly string[]> {
  const plugin: AuthorizationPlugin = defineAuthorization({
    name: "faulty",
    schema: z.strictObject({}),
    create: async () => ({ decide: decide as Decide, close: async () => {} }),
  });
  const found: string[] = [];
  for (const { title, run } of authorizationConformance(plugin, {}, { callers: CALLERS })) {
    await run().catch(() => found.push(title));
  }
  return found;
}

type Decide = Awaited<ReturnType<AuthorizationPlugin["create"]>>["decide"];

test("the cases find an engine that answers no word, throws what it likes, is moody, or turns all and one around", async (t) => {
  t.true((await findings(() => "yes")).includes("answers every question about everybody with true or false"));
  const thrown = await findings(() => {
    throw new Error("no");
  });
  t.true(thrown.includes("answers every question about everybody with true or false"));
  let turn = false;
  const moody = await findings(() => {
    turn = !turn;
    return turn;
  });
  t.true(moody.includes("answers the same question alike, also when asked at once"));
  const around = await findings((_caller, { namespace }) => namespace === undefined);
  t.deepEqual(around, ["allows in each place what it allows in all of them"]);
  t.deepEqual(await findings(({ method }) => method === "token"), []);
});
