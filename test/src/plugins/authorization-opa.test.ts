import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import opa from "@vexil/authorization-opa";
import { type Authorization, type Caller, Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { recordingLogger } from "../helpers/plugins/authenticator.js";

const WHO: Caller = {
  method: "jwt",
  identity: { subject: "ada", metadata: { "io.flipt.auth.jwt.name": "Ada" }, claims: { groups: ["devs"] } },
};
const ASKED = { action: "write", environment: "feat", base: "staging", namespace: "team-a" } as const;
const NEVER = new AbortController().signal;

interface Asked {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

type Reply = (
  asked: Asked,
) => { readonly status?: number; readonly text: string; readonly location?: string } | undefined;

/** Plays an OPA server; without a reply it never answers. */
async function opaServer(
  t: ExecutionContext,
  reply: Reply,
): Promise<{ readonly url: string; readonly asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = {
        url: request.url ?? "",
        headers: request.headers,
        body: JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown,
      };
      asked.push(one);
      const answer = reply(one);
      if (answer === undefined) return;
      const { status = 200, text, location } = answer;
      response.writeHead(status, { "content-type": "application/json", ...(location && { location }) }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function open(settings: object, invalidate = (): void => {}): Promise<Authorization> {
  // A crowded machine needs longer than OPA does.
  const result = await opa.schema["~standard"].validate({ timeout: "5s", ...settings });
  if (result.issues !== undefined) throw new Error(result.issues.map(({ message }) => message).join("; "));
  const { logger } = recordingLogger();
  return opa.create(result.value, { configDirectory: "/", logger, redact: () => {}, invalidate, signal: NEVER });
}

test("the Data API is asked with the compatible system's input, and only true allows", async (t) => {
  let text = '{"result":true}';
  const { url, asked } = await opaServer(t, () => ({ text }));
  const rights = await open({ url: `${url}/`, token: new Secret("s3cret-token") });
  t.true(await rights.decide(WHO, ASKED, NEVER));
  t.is(asked[0]?.url, "/v1/data/flipt/authz/v2/allow?provenance=true");
  t.is(asked[0]?.headers.authorization, "Bearer s3cret-token");
  t.deepEqual(asked[0]?.body, {
    input: {
      request: {
        scope: "namespace",
        environment: "feat",
        namespace: "team-a",
        action: "update",
        operation: "write",
        base: "staging",
      },
      authentication: {
        id: "ada",
        method: 5,
        method_name: "jwt",
        metadata: { "io.flipt.auth.jwt.name": "Ada" },
        claims: { groups: ["devs"] },
      },
    },
  });
  for (const change of ["create", "update", "delete"] as const) {
    await rights.decide(WHO, { ...ASKED, change }, NEVER);
    t.like(asked.at(-1)?.body, { input: { request: { action: change, operation: "write" } } });
  }
  asked.splice(1);
  t.is(rights.keepMs, 5000);
  text = '{"result":false}';
  t.false(await rights.decide(WHO, ASKED, NEVER));
  text = "{}";
  t.false(await rights.decide(WHO, { action: "evaluate", environment: "production" }, NEVER));
  t.like(asked[2]?.body, {
    input: { request: { scope: "environment", environment: "production", action: "read", operation: "evaluate" } },
  });
});

for (const [title, reply, message] of [
  ["a result that is no word", { text: '{"result":{"allow":true}}' }, /neither true nor false/],
  ['the text "true"', { text: '{"result":"true"}' }, /neither true nor false/],
  ["an error status with true in it", { status: 500, text: '{"result":true}' }, /status 500/],
  ["a redirect", { status: 307, text: "", location: "http://127.0.0.1:1/" }, /cannot be reached/],
  ["what is no JSON", { text: "<html>true</html>" }, /no JSON/],
  ["null", { text: "null" }, /no decision/],
  ["too much", { text: `{"result":true,"x":"${"x".repeat(70_000)}"}` }, /sent more than/],
] as const) {
  test(`${title} allows nothing`, async (t) => {
    const { url } = await opaServer(t, () => reply);
    const rights = await open({ url });
    await t.throwsAsync(async () => rights.decide(WHO, ASKED, NEVER), { code: "VEXIL_UNAVAILABLE_PROVIDER", message });
  });
}

test("a server that is away or hangs allows nothing, and is not waited for beyond the deadline", async (t) => {
  const { url } = await opaServer(t, () => undefined);
  const hanging = await open({ url, timeout: "50ms" });
  await t.throwsAsync(async () => hanging.decide(WHO, ASKED, NEVER), { message: /did not answer in time/ });
  const away = await open({ url: "http://127.0.0.1:1" });
  await t.throwsAsync(async () => away.decide(WHO, ASKED, NEVER), { message: /cannot be reached/ });
});

test("another revision of the policies makes all decisions be forgotten", async (t) => {
  let revision = "r1";
  const { url } = await opaServer(t, () => ({
    text: JSON.stringify({ result: true, provenance: { version: "1", bundles: { authz: { revision } } } }),
  }));
  let forgotten = 0;
  const rights = await open({ url }, () => {
    forgotten += 1;
  });
  await rights.decide(WHO, ASKED, NEVER);
  await rights.decide(WHO, ASKED, NEVER);
  t.is(forgotten, 0);
  revision = "r2";
  await rights.decide(WHO, ASKED, NEVER);
  t.is(forgotten, 1);
});

test("settings that cannot be are refused in words", async (t) => {
  const fault = async (settings: object): Promise<string> => {
    const result = await opa.schema["~standard"].validate({ url: "http://127.0.0.1:8181", ...settings });
    return (result.issues ?? []).map(({ message }) => message).join("; ");
  };
  t.is(await fault({}), "");
  t.regex(await fault({ url: "localhost:8181" }), /is no address/);
  t.regex(await fault({ url: "http://u:p@h" }), /is no address/);
  t.regex(await fault({ decision: "a/../b" }), /is no path/);
  t.regex(await fault({ timeout: "30s" }), /not between 10ms and 5s/);
  t.regex(await fault({ keep: "1ms" }), /not between 100ms and 24h/);
});
