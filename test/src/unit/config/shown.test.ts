import { explain } from "@vexil/config/explain";
import { configJsonSchema } from "@vexil/config/json-schema";
import { Ajv2020 } from "ajv/dist/2020.js";
import test from "ava";
import { parse } from "yaml";
import { configFixture } from "../../helpers/files/config-fixture.js";

/** The smallest complete configuration. */
const EXAMPLE = `
version: "2.0"
storage:
  main:
    remote: https://git.example.com/acme/flags.git
    branch: main
    poll_interval: 30s
    credentials: bot
    backend: { type: local, path: /var/lib/flags }
    signature: { name: Flag Bot, email: flags@example.com }
credentials:
  bot: { type: access_token, access_token: "\${env:GIT_TOKEN}" }
environments:
  production: { storage: main, directory: production, default: true }
  staging: { storage: main, directory: staging }
authentication:
  required: true
  exclude: { evaluation: true, ofrep: true }
  methods:
    token:
      enabled: true
      storage:
        tokens:
          ci: { credential: "\${secret:file:ci-token}", metadata: { team: platform } }
secrets:
  providers:
    file: { enabled: true, base_path: secrets }
templates:
  commit_message: "flags({{ .Environment.Name }}): {{ index .Changes 0 }}"
log: { level: warn, encoding: json }
cors: { enabled: true, allowed_origins: "https://app.example.com https://admin.example.com" }
`;

/** Every key that is accepted and ignored, and every section of it. */
const LATER = `
server: { grpc_port: 9000, grpc_conn_max_idle_time: 1s, grpc_conn_max_age: 1s, grpc_conn_max_age_grace: 1s }
environments: { e: { scm: { type: github, credentials: x, api_url: "https://h" } } }
authentication:
  exclude: { management: true, metadata: true }
  session: { domain: x, secure: true, token_lifetime: 24h, state_lifetime: 10m, csrf: { key: canary-9, secure: true }, storage: { type: memory, cleanup: { grace_period: 30m } } }
  methods:
    oidc: { enabled: true, providers: { google: { issuer_url: "https://i", redirect_address: "https://r", nonce: x, client_id: a, client_secret: canary-9 } } }
    github: { client_secret: canary-9 }
    kubernetes: { discovery_url: x }
    jwt: { enabled: true, jwks_url: "https://h" }
authorization: { backend: local, local: { policy: { path: x, poll_interval: 1s }, data: { path: y } } }
templates: { proposal_title: "{{ bad", proposal_body: b }
secrets: { providers: { vault: { enabled: true, address: x, token: canary-9 }, gcp: { project: x }, aws: {}, azure: {} } }
metrics: { exporter: otlp, otlp: { endpoint: x, headers: { authorization: canary-9 } } }
tracing: { enabled: true, exporter: otlp }
analytics: { storage: { clickhouse: { enabled: true, url: "clickhouse://u:canary-9@h" } } }
diagnostics: { profiling: { enabled: true } }
ui: { topbar: { color: "#fff" } }
meta: { check_for_updates: false }
license: { key: canary-9 }
experimental: { x: { enabled: true } }
storage: { default: { name: unused, signature: { key_id: x } } }
log: { grpc_level: ERROR }
`;

test("keys of the compatible system that Vexil does not support yet never stop the start; each is warned about", async (t) => {
  const { load } = await configFixture(t);
  const { warnings } = await load({ yaml: LATER });
  const said = warnings.join("\n");
  for (const key of [
    "server.grpc_port",
    "environments.e.scm",
    "authentication.exclude.management",
    "templates.proposal_title",
    "secrets.providers.vault",
    "metrics.otlp",
    "tracing",
    "analytics",
    "diagnostics",
    "license",
  ]) {
    t.true(said.includes(key), key);
  }
  t.false(said.includes("canary"));
});

test("a section that is switched off is not warned about", async (t) => {
  const { load } = await configFixture(t);
  const { warnings } = await load({
    yaml: "tracing: { enabled: false }\nanalytics: { storage: { clickhouse: { enabled: false } } }",
  });
  t.deepEqual(warnings, []);
});

test("authentication that is required without a method locks everything, which is said; an unknown level is INFO", async (t) => {
  const { load } = await configFixture(t);
  const config = await load({ yaml: "authentication: { required: true }\nlog: { level: loud }" });
  t.true(config.authentication.required);
  t.is(config.log.level, "info");
  t.regex(config.warnings.join("\n"), /required without any method/);
  t.regex(config.warnings.join("\n"), /log\.level: "loud" is no level/);
});

test("each effective value is shown with where it came from", async (t) => {
  const { read, write } = await configFixture(t);
  await write("secrets/ci-token", "canary");
  const { tree } = await read({ yaml: EXAMPLE, env: { GIT_TOKEN: "canary", VEXIL_SERVER_HTTP_PORT: "81" } });
  const shown = new Map(explain(tree).map(({ path, value, source }) => [path.join("."), [value, source]]));
  t.deepEqual(shown.get("storage.main.branch"), ["main", "vexil.yaml:6"]);
  t.deepEqual(shown.get("storage.main.fetch_policy"), ["strict", "default"]);
  t.deepEqual(shown.get("server.http_port"), ["81", "VEXIL_SERVER_HTTP_PORT"]);
  t.deepEqual(shown.get("server.host"), ["0.0.0.0", "default"]);
  t.deepEqual(shown.get("credentials.bot.access_token"), ["[redacted]", "vexil.yaml:12 ${env:GIT_TOKEN}"]);
  t.deepEqual(shown.get("authentication.methods.token.storage.tokens.ci.credential"), [
    "${secret:file:ci-token}",
    "vexil.yaml:24",
  ]);
  t.false(JSON.stringify([...shown]).includes("canary"));
});

test("no secret is ever shown, wherever it stands", async (t) => {
  const { read, write } = await configFixture(t);
  await write("secrets/s", "canary-9");
  const yaml = `${LATER.replace("storage: { default:", "storage: { other: { remote: 'https://me:canary-9@h/x?token=canary-9', backend: { type: '@a/b', url: 'canary-9', deep: { password: canary-9, list: [canary-9] } }, webhook: { type: azure, username: u, secret: canary-9 } }, default:")}
credentials:
  a: { type: basic, basic: { username: u, password: canary-9 } }
  b: { type: access_token, access_token: canary-9 }
  c: { type: ssh, ssh: { password: canary-9, private_key_bytes: canary-9 } }
  d: { type: github_app, github_app: { client_id: a, installation_id: 1, private_key_bytes: canary-9 } }
  e: { type: ./plugin.js, whatever: canary-9 }
`;
  const { tree, config } = await read({
    yaml,
    env: { VEXIL_CREDENTIALS_F_TYPE: "access_token", VEXIL_CREDENTIALS_F_ACCESS_TOKEN: "canary-9" },
  });
  t.false(JSON.stringify(explain(tree)).includes("canary"));
  const settings = [...config.credentials.values()].filter(({ id }) => id !== "e");
  t.false(JSON.stringify(settings).includes("canary"));
  t.false(
    JSON.stringify(
      [...config.storages.values()].map(({ backend: _, ...rest }) => rest).map(({ webhook }) => webhook),
    ).includes("canary"),
  );
});

const WRONG = [
  "server: { hots: a }",
  "server: { http_port: x }",
  "server: []",
  "storage: { main: { poll_interval: often } }",
  "storage: { main: { fetch_policy: never } }",
  "cors: { enabled: maybe }",
  "environments: { e: { defualt: true } }",
  "authentication: { methods: { token: { tokens: {} } } }",
  "unknown: {}",
];

test("the JSON Schema takes what the loader takes, and refuses misspelt keys and wrong values", async (t) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const validate = ajv.compile(configJsonSchema());
  const { failure } = await configFixture(t);
  for (const yaml of [EXAMPLE, LATER, "{}", "server: { http_port: '${env:PORT}' }\nplugins: a b"]) {
    t.true(validate(parse(yaml)), JSON.stringify(validate.errors?.slice(0, 2)));
  }
  for (const yaml of WRONG) {
    t.false(validate(parse(yaml)), yaml);
    await failure({ yaml });
  }
});

test("every key of the JSON Schema says what it is for, or lies in a section that does", (t) => {
  const { properties } = configJsonSchema() as { properties: Record<string, { description?: string; type?: string }> };
  const silent = Object.entries(properties).filter(([, { description }]) => !description);
  t.deepEqual(
    silent.map(([key]) => key),
    [],
  );
});
