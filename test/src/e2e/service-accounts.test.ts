import test, { type ExecutionContext } from "ava";
import { type FakeCluster, startCluster } from "../helpers/access/fake-cluster.js";
import { type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";

const EXCHANGE = "/auth/v1/method/kubernetes/serviceaccount";
const FLAGS = "/api/v1/namespaces/default/flags";

interface Started {
  readonly daemon: RunningDaemon;
  readonly cluster: FakeCluster;
}

async function start(t: ExecutionContext, { started = true } = {}): Promise<Started> {
  const cluster = await startCluster(t, { started });
  const kubernetes = {
    enabled: true,
    discovery_url: cluster.url,
    ca_path: cluster.caPath,
    service_account_token_path: cluster.tokenPath,
  };
  const token = { enabled: true, storage: { tokens: { ci: { credential: "a static token" } } } };
  const daemon = await startDaemon(t, {
    config: {
      server: { workers: 2 },
      authentication: { required: true, methods: { token, kubernetes } },
    },
  });
  return { daemon, cluster };
}

test.serial("a service account exchanges its token, and reads flags with it as a JWT, at every worker", async (t) => {
  const { daemon, cluster } = await start(t);
  const exp = Math.floor(Date.now() / 1_000) + 1_200;
  const token = await cluster.sign({ exp });
  const exchanged = await daemon.post(EXCHANGE, { serviceAccountToken: token });
  t.is(exchanged.status, 200);
  t.is(exchanged.body.clientToken, token);
  const { method, metadata, expiresAt } = exchanged.body.authentication;
  t.is(method, "METHOD_KUBERNETES");
  t.is(Date.parse(expiresAt), exp * 1_000);
  t.is(metadata["io.flipt.auth.k8s.namespace"], "team-a");
  t.is(metadata["io.flipt.auth.k8s.serviceaccount.name"], "deployer");
  const known = await daemon.get("/auth/v1/self", { authorization: `JWT ${token}` });
  t.is(known.status, 200);
  t.is(known.body.method, "METHOD_JWT");
  t.is(known.body.metadata["io.flipt.auth.jwt.issuer"], cluster.issuer);
  for (let count = 0; count < 6; count += 1) {
    t.is((await daemon.get(FLAGS, { authorization: `JWT ${token}`, connection: "close" })).status, 200);
  }
  t.is((await daemon.get(FLAGS, { authorization: `Bearer ${token}` })).status, 401);
  t.is((await daemon.get(FLAGS, { authorization: `JWT ${await cluster.sign()}` })).status, 200, "without an exchange");
});

test.serial("who is not of the cluster is refused, without a secret in answer or log", async (t) => {
  const { daemon, cluster } = await start(t);
  const stranger = await startCluster(t);
  await stranger.rotateKeys();
  const tokens = {
    "a word": "canary-token-of-nobody",
    "of another cluster": await stranger.sign(),
    expired: await cluster.sign({ exp: Math.floor(Date.now() / 1_000) - 60 }),
    "of another issuer": await cluster.sign({ iss: "https://elsewhere.example.com" }),
    nothing: "",
  };
  for (const [name, token] of Object.entries(tokens)) {
    const refused = await daemon.post(EXCHANGE, { serviceAccountToken: token });
    t.is(refused.status, 401, name);
    t.is(refused.body.code, 16, name);
    t.false(token !== "" && JSON.stringify(refused.body).includes(token), name);
    t.is((await daemon.get(FLAGS, { authorization: `JWT ${token}` })).status, 401, name);
  }
  const told = await daemon.line(({ event }) => event === "auth.refused");
  t.is(told.method, "kubernetes");
  const text = JSON.stringify(daemon.lines) + daemon.stderr();
  for (const token of Object.values(tokens)) if (token !== "") t.false(text.includes(token));
  t.is((await daemon.post(EXCHANGE, { serviceAccountToken: 7 })).status, 400);
});

test.serial("a daemon starts without the API server, and knows its accounts once it is there", async (t) => {
  const { daemon, cluster } = await start(t, { started: false });
  const token = await cluster.sign();
  const away = await daemon.post(EXCHANGE, { serviceAccountToken: token });
  t.is(away.status, 503);
  t.regex(away.body.message, /the API server cannot be reached \(ECONNREFUSED\)/);
  t.is((await daemon.get(FLAGS, { authorization: `JWT ${token}` })).status, 401);
  t.is((await daemon.get(FLAGS, { authorization: "Bearer a static token" })).status, 200, "other methods work");
  await cluster.start();
  // What could not be found out is remembered for a moment.
  const exchange = (): Promise<{ status: number }> => daemon.post(EXCHANGE, { serviceAccountToken: token });
  t.is(await settled(exchange), 200);
  t.is(await settled(() => daemon.get(FLAGS, { authorization: `JWT ${token}` })), 200);
});

/** The status that is answered in the end, instead of a refusal. */
async function settled(ask: () => Promise<{ readonly status: number }>): Promise<number> {
  const end = Date.now() + 60_000;
  for (;;) {
    const { status } = await ask();
    if (status < 400 || Date.now() > end) return status;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test.serial("where the method is not enabled, there is no exchange", async (t) => {
  const daemon = await startDaemon(t, {
    config: {
      authentication: {
        required: true,
        methods: { token: { enabled: true, storage: { tokens: { ci: { credential: "a static token" } } } } },
      },
    },
  });
  t.is((await daemon.post(EXCHANGE, { serviceAccountToken: "x" })).status, 404);
  t.is((await daemon.post("/auth/v1/method/token/serviceaccount", { serviceAccountToken: "x" })).status, 404);
});
