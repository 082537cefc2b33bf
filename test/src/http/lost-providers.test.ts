import test from "ava";
import { examine } from "../../../daemon/dist/doctor/doctor.js";
import { type Issuer, startIssuer } from "../helpers/access/oidc-issuer.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { configFixture } from "../helpers/files/config-fixture.js";

const AUTHORIZE = "/auth/v1/method/oidc/corp/authorize";
const own = "http://127.0.0.1:8080";

const configOf = (issuer: Issuer): Readonly<Record<string, unknown>> => ({
  storage: { main: { backend: { type: "memory" } } },
  environments: { default: { storage: "main" } },
  authentication: {
    required: true,
    session: { domain: "127.0.0.1" },
    methods: {
      oidc: {
        enabled: true,
        providers: {
          corp: { issuer_url: issuer.url, client_id: "vexil", client_secret: "canary-secret", redirect_address: own },
        },
      },
      token: { enabled: true, storage: { tokens: { ci: { credential: "static" } } } },
    },
  },
});

test("a provider that is away is told of once when it goes and once when it is back, and by the doctor", async (t) => {
  const issuer = await startIssuer(t, {
    clients: () => [{ client_id: "vexil", client_secret: "canary-secret", redirect_uris: [`${own}/callback`] }],
  });
  issuer.tampering.intercept = (_request, response) => {
    response.writeHead(503).end();
    return true;
  };
  const daemon = await inProcessDaemon(t, configOf(issuer));
  await daemon.start();
  const told = (event: string) => daemon.lines.filter((line) => line.event === event);
  const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(`${daemon.url()}${path}`, { headers })).status;
  const metric = async (): Promise<string> => {
    const text = await (await fetch(`${daemon.url()}/metrics`)).text();
    return /^vexil_login_provider_up\{method="oidc",provider="corp"\} (\d)$/m.exec(text)?.[1] ?? "";
  };
  await eventually(
    async () => told("provider.lost"),
    (lines) => lines.length > 0,
    30_000,
  );
  for (const _ of ["one", "two", "three"]) t.true((await status(AUTHORIZE)) >= 500);
  t.is(await status("/auth/v1/self", { authorization: "Bearer static" }), 200);
  t.is(await metric(), "0");
  const [lost, ...more] = told("provider.lost");
  t.like(lost, { level: "warn", method: "oidc", provider: "corp" });
  t.regex(String(lost?.reason), /provider corp answered/);
  t.deepEqual(more, []);
  const config = await (await configFixture(t)).load({ yaml: JSON.stringify({ version: "2.0", ...configOf(issuer) }) });
  const examined = async () => (await examine(config, { env: {} })).logins;
  t.like((await examined())?.[0], { id: "oidc/corp", ok: false });

  issuer.tampering.intercept = undefined;
  await eventually(
    () => status(AUTHORIZE),
    (answer) => answer === 200,
    30_000,
  );
  t.is(await status(AUTHORIZE), 200);
  t.is(told("provider.returned").length, 1);
  t.is(told("provider.lost").length, 1);
  t.is(await metric(), "1");
  t.deepEqual(await examined(), [
    { id: "oidc/corp", ok: true, steps: [{ step: "provider", ok: true, message: `users go to ${issuer.url}` }] },
  ]);
});
