import github from "@vexil/authentication-github";
import kubernetes from "@vexil/authentication-kubernetes";
import oidc from "@vexil/authentication-oidc";
import token from "@vexil/authentication-token";
import {
  type AuthenticationMethod,
  type AuthenticationPlugin,
  defineAuthentication,
  type PresentedCredential,
  secret,
  VexilError,
  z,
} from "@vexil/plugin-api";
import { authenticationConformance } from "@vexil/plugin-api/testing";
import test from "ava";
import { type FakeCluster, startCluster } from "../helpers/access/fake-cluster.js";
import { startGithub } from "../helpers/access/fake-github.js";
import { startIssuer } from "../helpers/access/oidc-issuer.js";
import { holdsCase } from "../helpers/plugins/conformance-case.js";

const undo: (() => unknown)[] = [];
const scope = { teardown: (one: () => unknown): void => void undo.push(one) };
let cluster: FakeCluster;
let settings: Readonly<Record<"oidc" | "github" | "kubernetes", Readonly<Record<string, unknown>>>>;

test.before("start their providers", async () => {
  const redirect = "http://flags.example.com";
  const client = { client_id: "vexil", client_secret: "canary-secret" };
  const issuer = await startIssuer(scope, {
    clients: () => [{ ...client, redirect_uris: [`${redirect}/auth/v1/method/oidc/corp/callback`] }],
  });
  const server = await startGithub(scope);
  cluster = await startCluster(scope);
  settings = {
    oidc: { providers: { corp: { ...client, issuer_url: issuer.url, redirect_address: redirect, use_pkce: true } } },
    github: { ...client, server_url: server.url, api_url: server.url, redirect_address: redirect },
    kubernetes: {
      discovery_url: cluster.url,
      ca_path: cluster.caPath,
      service_account_token_path: cluster.tokenPath,
    },
  };
});

test.after.always("stop them", async () => {
  for (const one of undo.reverse()) await one();
});

/** A token that counts, one that does not any more, and one with all that there is to say of it. */
const TOKENS = {
  ci: { credential: "canary-token-ci" },
  late: { credential: "canary-token-late", expires_at: "2001-01-01T00:00:00Z" },
  ada: {
    credential: "canary-token-ada",
    name: "Ada",
    email: "ada@example.com",
    metadata: { team: "a", "io.flipt.auth.role": "admin" },
    expires_at: "2999-12-31T23:59:59+01:00",
  },
};
const tokens = { storage: { type: "static", tokens: TOKENS } };
const secrets = Object.values(TOKENS).map(({ credential }) => credential);

const runs = [
  ["token", authenticationConformance(token, tokens, { secrets, credential: () => bearer(TOKENS.ada) })],
  ["token of few words", authenticationConformance(token, tokens, { secrets, credential: () => bearer(TOKENS.ci) })],
  ["token without any", authenticationConformance(token)],
  ["oidc", authenticationConformance(oidc, () => settings.oidc)],
  ["github", authenticationConformance(github, () => settings.github)],
  [
    "kubernetes",
    authenticationConformance(kubernetes, () => settings.kubernetes, {
      credential: async () => ({ scheme: "JWT", value: await cluster.sign() }),
    }),
  ],
  [
    "kubernetes whose API server is away",
    authenticationConformance(kubernetes, () => ({ ...settings.kubernetes, discovery_url: "https://127.0.0.1:1" })),
  ],
] as const;

function bearer({ credential }: { readonly credential: string }): PresentedCredential {
  return { scheme: "Bearer", value: credential };
}

for (const [name, cases] of runs) {
  for (const one of cases) test.serial(`${name} ${one.title}`, (t) => holdsCase(t, one));
}

const KEY = "canary-key";

/** A method without faults: it knows one key, and a provider that takes one code. */
function healthy(): AuthenticationMethod {
  const nobody = (): VexilError => new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", "callback: no such code");
  return {
    schemes: ["Bearer"],
    verify: async ({ value }) => (value === KEY ? { subject: "ada", metadata: {}, claims: { sub: "ada" } } : undefined),
    login: {
      authorize: async ({ state }) => `https://id.example.com/?state=${state}`,
      callback: async () => {
        throw nobody();
      },
    },
    exchange: async (value) => {
      if (value === KEY) return { subject: "ada", metadata: {}, claims: {} };
      throw nobody();
    },
    close: async () => {},
  };
}

function casesFor(
  make: (key: string) => AuthenticationMethod,
  changes: Partial<AuthenticationPlugin> = {},
): ReturnType<typeof authenticationConformance> {
  const schema = z.strictObject({ key: secret() });
  const plugin = defineAuthentication({
    name: "sample",
    schema,
    create: async ({ key }: { readonly key: { reveal(): string } }) => make(key.reveal()),
  });
  return authenticationConformance(
    { ...plugin, ...changes } as AuthenticationPlugin,
    { key: KEY },
    {
      credential: () => ({ scheme: "Bearer", value: KEY }),
    },
  );
}

/** Faults, and the case that is there to find each. */
const FAULTS: readonly (readonly [
  string,
  string,
  (method: AuthenticationMethod, key: string) => AuthenticationMethod,
])[] = [
  [
    "takes whatever it is given",
    "vouches for nobody whose credential is made up",
    (method) => ({ ...method, verify: async () => ({ subject: "root", metadata: {}, claims: {} }) }),
  ],
  [
    "throws at what it cannot read",
    "vouches for nobody whose credential is made up",
    (method) => ({ ...method, verify: async ({ value }) => JSON.parse(value) as undefined }),
  ],
  [
    "shows the credential as the subject",
    "vouches for the credential it is tested with, each time alike",
    (method) => ({
      ...method,
      verify: async ({ value }) => (value === KEY ? { subject: value, metadata: {}, claims: {} } : undefined),
    }),
  ],
  [
    "exchanges anything",
    "exchanges nothing that is made up",
    (method) => ({ ...method, exchange: async () => ({ subject: "root", metadata: {}, claims: {} }) }),
  ],
  [
    "sends browsers to a script",
    "sends the browser to a web address with the state",
    (method) => withLogin(method, { authorize: async ({ state }) => `javascript:alert(1)?state=${state}` }),
  ],
  [
    "loses the state",
    "sends the browser to a web address with the state",
    (method) => withLogin(method, { authorize: async () => "https://id.example.com/" }),
  ],
  [
    "shows the verifier",
    "keeps the verifier to itself",
    (method) =>
      withLogin(method, {
        authorize: async ({ state, codeVerifier }) =>
          `https://id.example.com/?state=${state}&challenge=${codeVerifier}`,
      }),
  ],
  [
    "keeps logins to itself",
    "makes a login of its flow alone, so that any daemon can finish it",
    (method) =>
      withLogin(method, {
        authorize: async ({ state }) => `https://id.example.com/?state=${state}&n=${Math.random()}`,
      }),
  ],
  [
    "logs in without a code",
    "logs nobody in without a code of the provider's",
    (method) =>
      withLogin(method, { callback: async () => ({ identity: { subject: "root", metadata: {}, claims: {} } }) }),
  ],
  [
    "throws an error of any kind",
    "logs nobody in without a code of the provider's",
    (method) => withLogin(method, { callback: () => Promise.reject(new TypeError("fetch failed")) }),
  ],
  [
    "ends sessions for anybody",
    "ends no session for whoever makes up a logout",
    (method) => withLogin(method, { backChannelLogout: async () => ({ sub: "ada" }) }),
  ],
  [
    "ends sessions for nothing",
    "ends no session by a browser that brings nothing",
    (method) => withLogin(method, { frontChannelLogout: () => ({ sid: "s1" }) }),
  ],
  ["does nothing", "verifies, logs in or exchanges", ({ close }) => ({ close })],
  ["names no scheme", "verifies, logs in or exchanges", ({ schemes: _, ...method }) => method],
  [
    "throws its key",
    "shows no secret in logs and errors",
    (method, key) => ({
      ...method,
      exchange: () => Promise.reject(new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", `it is not ${key}`)),
    }),
  ],
];

function withLogin(
  method: AuthenticationMethod,
  changes: Partial<NonNullable<AuthenticationMethod["login"]>>,
): AuthenticationMethod {
  if (method.login === undefined) throw new Error("it logs nobody in");
  return { ...method, login: { ...method.login, ...changes } };
}

async function outcomes(cases: ReturnType<typeof authenticationConformance>): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { title, run } of cases) {
    found.set(
      title,
      await run().catch((error: unknown) => `failed: ${error instanceof Error ? error.message : error}`),
    );
  }
  return found;
}

test("the kit finds nothing wrong with a method that is right", async (t) => {
  const found = await outcomes(casesFor(healthy));
  for (const [title, outcome] of found) t.false(outcome.startsWith("failed"), `${title}: ${outcome}`);
});

for (const [fault, title, change] of FAULTS) {
  test(`the kit finds a method that ${fault}`, async (t) => {
    const found = await outcomes(casesFor((key) => change(healthy(), key)));
    t.regex(found.get(title) ?? "", /^failed: .*the contract: /s);
  });
}
