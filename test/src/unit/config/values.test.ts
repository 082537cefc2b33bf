import opa from "@vexil/authorization-opa";
import type { Config } from "@vexil/config/config";
import { Secret } from "@vexil/plugin-api";
import test from "ava";
import { configFixture } from "../../helpers/files/config-fixture.js";
import { tokensOf } from "../../helpers/http/authentication.js";
import { DEFAULT_LIMITS } from "../../helpers/http/server-limits.js";

function reveal(value: unknown): string | undefined {
  return Secret.is(value) ? value.reveal() : undefined;
}

test("keys ignore case, ids included; references between sections too; names keep theirs", async (t) => {
  const { load } = await configFixture(t);
  const config = await load({
    yaml: `
STORAGE: { Main: { Remote: "https://h/Acme/Flags.git", Credentials: Bot } }
Credentials: { BOT: { Type: basic, Basic: { Username: U, Password: P } } }
Environments: { Prod: { Storage: MAIN }, dev: { storage: main, directory: Dev, name: Development, default: true } }
`,
  });
  t.is(config.storages.get("main")?.remote, "https://h/Acme/Flags.git");
  t.is(config.storages.get("main")?.credentials, "bot");
  t.deepEqual([...config.environments.keys()], ["prod", "Development"]);
  t.is(config.environments.get("prod")?.storage, "main");
});

test("two keys that differ by case only stop the start", async (t) => {
  const { failure } = await configFixture(t);
  t.regex(await failure({ yaml: "storage: { Main: {}, main: {} }" }), /storage\.main is given twice, as Main and main/);
});

test("ids may hold dots, and a section may be empty", async (t) => {
  const { load } = await configFixture(t);
  const config = await load({
    yaml: `
server:
storage: { "git.example.com": {} }
environments: { "eu.prod": { storage: git.example.com } }
authentication:
  methods: { token: { enabled: true, storage: { tokens: { ci: { credential: x, metadata: { io.flipt.auth.role: Admin, Team: a } } } } } }
`,
  });
  t.true(config.storages.has("git.example.com"));
  t.is(config.environments.get("eu.prod")?.storage, "git.example.com");
  t.deepEqual(tokensOf(config).ci?.metadata, { "io.flipt.auth.role": "Admin", team: "a" });
});

test("variables go over the file, VEXIL_ over FLIPT_, and empty ones count as unset", async (t) => {
  const { load } = await configFixture(t);
  const yaml = "server: { http_port: 1, host: file }\nstorage: { main: {} }\nenvironments: { a: { storage: main } }\n";
  const env = {
    FLIPT_SERVER_HTTP_PORT: "2",
    VEXIL_SERVER_HTTP_PORT: "3",
    FLIPT_SERVER_HOST: "",
    VEXIL_SERVER_HOST: "",
    FLIPT_CORS_ALLOWED_ORIGINS: "a.com  b.com",
    FLIPT_STORAGE_MAIN_BRANCH: "two",
    VEXIL_STORAGE_MAIN_TIMEOUTS_FIRST_BYTE: "7s",
  };
  const config = await load({ yaml, env });
  t.is(config.server.port, 3);
  t.is(config.server.host, "file");
  t.deepEqual(config.cors.allowedOrigins, ["a.com", "b.com"]);
  t.is(config.storages.get("main")?.branch, "two");
  t.is(config.storages.get("main")?.timeouts.firstByteMs, 7000);
});

test("variables alone define storages, environments, credentials and tokens; ids are found in their names", async (t) => {
  const { load } = await configFixture(t);
  const config = await load({
    env: {
      FLIPT_STORAGE_MAIN_REMOTE: "https://h/x.git",
      FLIPT_STORAGE_MY_OTHER_BACKEND_TYPE: "local",
      FLIPT_STORAGE_MY_OTHER_BACKEND_PATH: "/tmp/x",
      FLIPT_STORAGE_PROD_BACKEND_REMOTE: "https://h/y.git",
      FLIPT_STORAGE_MAIN_CREDENTIALS: "git",
      FLIPT_ENVIRONMENTS_PROD_STORAGE: "main",
      FLIPT_ENVIRONMENTS_PROD_DEFAULT: "true",
      FLIPT_ENVIRONMENTS_STAGE_TWO_STORAGE: "my_other",
      FLIPT_CREDENTIALS_GIT_TYPE: "basic",
      FLIPT_CREDENTIALS_GIT_BASIC_USERNAME: "u",
      FLIPT_CREDENTIALS_GIT_BASIC_PASSWORD: "p",
      FLIPT_AUTHENTICATION_METHODS_TOKEN_ENABLED: "1",
      FLIPT_AUTHENTICATION_METHODS_TOKEN_STORAGE_TOKENS_CI_CREDENTIAL: "s3cret",
      FLIPT_AUTHENTICATION_METHODS_TOKEN_STORAGE_TOKENS_CI_METADATA_TEAM: "platform",
    },
  });
  t.deepEqual([...config.storages.keys()].sort(), ["main", "my_other", "prod_backend"]);
  t.deepEqual(config.storages.get("my_other")?.backend, { type: "local", settings: { path: "/tmp/x" } });
  t.is(config.storages.get("main")?.credentials, "git");
  t.deepEqual([...config.environments.keys()].sort(), ["prod", "stage_two"]);
  const { ci: token, ...others } = tokensOf(config);
  t.deepEqual(others, {});
  t.is(token?.credential?.reveal(), "s3cret");
  t.deepEqual(token?.metadata, { team: "platform" });
});

test("a method of another plugin is named by its key, and keeps its settings as they are written", async (t) => {
  const { load } = await configFixture(t);
  const yaml = `
authentication:
  required: true
  methods: { Acme: { Enabled: true, Url: "https://acme", deep: { Key: 1 } }, other: { enabled: false, url: x } }
`;
  const { authentication, warnings } = await load({ yaml });
  t.deepEqual(authentication.methods, [
    { method: "acme", settings: { url: "https://acme", deep: { Key: 1 } }, path: "authentication.methods.acme" },
  ]);
  t.deepEqual(warnings, []);
});

test("a variable reaches ids that the file writes with dots and dashes, and the settings of a plugin", async (t) => {
  const { load } = await configFixture(t);
  const config = await load({
    yaml: "storage: { my-repo: { backend: { type: '@acme/backend' } } }\nenvironments: { a.b: { storage: my-repo } }",
    env: {
      VEXIL_STORAGE_MY_REPO_BRANCH: "x",
      VEXIL_ENVIRONMENTS_A_B_DIRECTORY: "d",
      VEXIL_STORAGE_MY_REPO_BACKEND_BUCKET_NAME: "flags",
    },
  });
  t.is(config.storages.get("my-repo")?.branch, "x");
  t.is(config.environments.get("a.b")?.directory, "d");
  t.deepEqual(config.storages.get("my-repo")?.backend.settings, { bucket_name: "flags" });
});

test("a VEXIL_ variable that fits no key only warns", async (t) => {
  const { load } = await configFixture(t);
  const env = {
    VEXIL_SERVICE_HOST: "10.0.0.1",
    VEXIL_PORT: "tcp://10.0.0.1:80",
    FLIPT_PORT: "x",
    VEXIL_TOKEN: "canary",
  };
  const { warnings } = await load({ env });
  t.deepEqual(warnings, [
    "the variable VEXIL_PORT fits no key of the configuration; it is ignored",
    "the variable VEXIL_SERVICE_HOST fits no key of the configuration; it is ignored",
  ]);
});

const HTTPS = "server:\n  protocol: https\n  cert_file: vexil.yaml\n  cert_key: vexil.yaml";

const TYPES: readonly [string, (config: Config) => unknown, unknown][] = [
  ["cors: { enabled: 'true' }", (c) => c.cors.enabled, true],
  ["cors: { enabled: 1 }", (c) => c.cors.enabled, true],
  ["cors: { enabled: t }", (c) => c.cors.enabled, true],
  ["cors: { enabled: '0' }", (c) => c.cors.enabled, false],
  ["cors: { enabled: f }", (c) => c.cors.enabled, false],
  [HTTPS, (c) => [c.server.clientCertificates, c.server.strictTransport], [undefined, "max-age=31536000"]],
  [`${HTTPS}\n  hsts: { enabled: false }`, (c) => c.server.strictTransport, undefined],
  [
    `${HTTPS}\n  hsts: { max_age: 1h, include_subdomains: true }`,
    (c) => c.server.strictTransport,
    "max-age=3600; includeSubDomains",
  ],
  [`${HTTPS}\n  client_ca_file: vexil.yaml`, (c) => c.server.clientCertificates?.required, true],
  [
    `${HTTPS}\n  client_ca_file: vexil.yaml\n  client_auth: request`,
    (c) => c.server.clientCertificates?.required,
    false,
  ],
  ["server: { http_port: 1 }", (c) => c.server.strictTransport, undefined],
  ["server: { http_port: '123' }", (c) => c.server.port, 123],
  ["server: { http_port: '' }", (c) => c.server.port, 0],
  ["{}", (c) => c.server.limits, DEFAULT_LIMITS],
  ["server: { limits: { streams_per_client: '7' } }", (c) => c.server.limits.streamsPerClient, 7],
  ["server: { limits: { waiting_body_bytes: 1MiB } }", (c) => c.server.limits.waitingBodyBytes, 2 ** 20],
  [
    "server: { trusted_proxies: '10.0.0.0/8 ::1' }",
    (c) => c.server.trustedProxies,
    [
      { address: "10.0.0.0", prefix: 8, family: "ipv4" },
      { address: "::1", prefix: 128, family: "ipv6" },
    ],
  ],
  ["server: { host: 7 }", (c) => c.server.host, "7"],
  ["storage: { default: { branch: true } }", (c) => c.storages.get("default")?.branch, "true"],
  ["cors: { allowed_origins: a.com }", (c) => c.cors.allowedOrigins, ["a.com"]],
  ["cors: { allowed_origins: 'a.com b.com' }", (c) => c.cors.allowedOrigins, ["a.com", "b.com"]],
  ["cors: { allowed_origins: [a.com, 7] }", (c) => c.cors.allowedOrigins, ["a.com", "7"]],
  ["storage: { default: { poll_interval: 1m30s } }", (c) => c.storages.get("default")?.pollIntervalMs, 90_000],
  ["storage: { default: { poll_interval: 1.5h } }", (c) => c.storages.get("default")?.pollIntervalMs, 5_400_000],
  ["storage: { default: { poll_interval: 1500000000 } }", (c) => c.storages.get("default")?.pollIntervalMs, 1500],
  [
    "storage: { default: { limits: { pack_bytes: 1MiB } } }",
    (c) => c.storages.get("default")?.limits.packBytes,
    2 ** 20,
  ],
  ["version: 2.0", (c) => c.storages.size, 1],
  ["version: ' 2.0 '", (c) => c.storages.size, 1],
  ["log: { level: DEBUG }", (c) => c.log.level, "debug"],
  ["log: { level: dpanic }", (c) => c.log.level, "fatal"],
  ["log: { encoding: JSON }", (c) => c.log.encoding, "json"],
  ["server: { protocol: gopher }", (c) => c.server.protocol, "http"],
  ["plugins: './a.js @acme/b'", (c) => c.plugins, ["./a.js", "@acme/b"]],
  ["environments: { prod: }", (c) => [...c.environments.keys()], ["prod"]],
  ["environments: { e: { directory: /a//b/ } }", (c) => c.environments.get("e")?.directory, "a/b"],
];

test("values may stand there in another type that says the same", async (t) => {
  const { load } = await configFixture(t);
  for (const [yaml, read, expected] of TYPES) t.deepEqual(read(await load({ yaml })), expected, yaml);
});

test("defaults are as documented", async (t) => {
  const { load } = await configFixture(t);
  const config = await load({
    yaml: "storage: { main: { backend: { type: local } } }\nenvironments: { e: { storage: main } }",
  });
  t.like(config.storages.get("main"), {
    branch: "main",
    pollIntervalMs: 30_000,
    fetchPolicy: "strict",
    insecureSkipTls: false,
    readOnly: false,
    timeouts: { connectMs: 5000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 60_000, pushMs: 30_000 },
    limits: { packBytes: 512e6, historyDepth: 200, fileBytes: 16e6, files: 20_000, depth: 64, aliases: 50_000 },
    signature: { name: "flipt", email: "flipt[bot]@noreply.flipt.io", enabled: false },
  });
  t.like(config.server, { protocol: "http", host: "0.0.0.0", port: 8080, writeQueue: 500, shutdownTimeoutMs: 30_000 });
  t.true(config.server.workers >= 1 && config.server.workers <= 4);
  t.deepEqual(config.log, {
    level: "info",
    encoding: undefined,
    file: undefined,
    keys: { time: "time", level: "level", message: "message" },
    sampling: { lines: 100, intervalMs: 10_000 },
  });
  t.is(config.cors.allowedHeaders.length, 8);
  t.deepEqual(config.cors.allowedOrigins, ["*"]);
  t.deepEqual(config.metrics, { enabled: true, requireAuthentication: false });
  t.deepEqual([config.server.allowedHosts, config.server.admin], [[], undefined]);
});

test("names that the daemon answers to, and an address for what watches it", async (t) => {
  const { load } = await configFixture(t);
  const config = await load({
    yaml: "server: { allowed_hosts: [Flags.example.com, '[fd00::1]:8443', flags.], admin: { http_port: 9 } }\nmetrics: { require_authentication: true }\n",
  });
  t.deepEqual(config.server.allowedHosts, ["Flags.example.com", "[fd00::1]:8443", "flags."]);
  t.deepEqual(config.server.admin, { host: "127.0.0.1", port: 9 });
  t.deepEqual(config.warnings, [
    "metrics.require_authentication without any method enabled: every request for /metrics is refused",
  ]);
});

test("data paths are seen from the working directory, wherever the configuration lies", async (t) => {
  const { load, write, directory } = await configFixture(t);
  await write(
    "etc/my.yaml",
    `
storage:
  a: { backend: { type: local, path: ./flags }, ca_cert_path: ca.pem }
  b: { backend: { type: memory, saved_state_path: state.json, path: unused } }
credentials: { k: { type: ssh, ssh: { private_key_path: id, known_hosts_path: hosts } } }
environments: { a: { storage: a, default: true }, b: { storage: b } }
log: { file: log.txt }
plugin_directory: plugins
`,
  );
  const config = await load({ file: "etc/my.yaml" });
  t.is(config.directory, `${directory}/etc`);
  t.deepEqual(config.storages.get("a")?.backend.settings, { path: `${directory}/flags` });
  t.deepEqual(config.storages.get("b")?.backend.settings, { saved_state_path: `${directory}/state.json` });
  t.is(config.storages.get("a")?.caCertPath, `${directory}/ca.pem`);
  t.like(config.credentials.get("k")?.settings, {
    private_key_path: `${directory}/id`,
    known_hosts_path: `${directory}/hosts`,
  });
  t.is(config.log.file, `${directory}/log.txt`);
  t.is(config.pluginDirectory, `${directory}/plugins`);
});

test("a URL with user and password becomes a credential of its own", async (t) => {
  const { load } = await configFixture(t);
  const config = await load({ yaml: "storage: { default: { remote: 'https://me%40x:p%2Fw@h:8443/a.git?x=1' } }" });
  const storage = config.storages.get("default");
  t.is(storage?.remote, "https://h:8443/a.git?x=1");
  const credential = config.credentials.get(storage?.credentials ?? "");
  t.is(credential?.type, "basic");
  t.is(credential?.settings.username, "me@x");
  t.is(reveal(credential?.settings.password), "p/w");
});

const SSH: readonly [string, string][] = [
  ["https://h.example/a/b.git", "bot@h.example:a/b.git"],
  ["h.example/a/b.git", "bot@h.example:a/b.git"],
  ["ssh://bot@h.example/a/b.git", "ssh://bot@h.example/a/b.git"],
  ["ssh://h.example:2222/a/b.git", "ssh://bot@h.example:2222/a/b.git"],
  ["bot@h.example:a/b.git", "bot@h.example:a/b.git"],
  ["h.example:a/b.git", "bot@h.example:a/b.git"],
  ["/srv/git/b.git", "/srv/git/b.git"],
  ["file:///srv/git/b.git", "file:///srv/git/b.git"],
];

test("with an ssh credential the remote is brought into ssh's form", async (t) => {
  const { load, failure } = await configFixture(t);
  const yaml = (remote: string): string =>
    `storage: { default: { remote: '${remote}', credentials: k } }\ncredentials: { k: { type: ssh, ssh: { user: bot, password: '' } } }`;
  for (const [remote, expected] of SSH) {
    t.is((await load({ yaml: yaml(remote) })).storages.get("default")?.remote, expected, remote);
  }
  t.is(
    await failure({ yaml: yaml("ssh://alice@h.example/x") }),
    'conflicting SSH users: URL contains "alice" but credentials specify "bot"',
  );
});

test("a plugin gets its own settings, with references as Secrets, and so does its credential", async (t) => {
  const { load, write } = await configFixture(t);
  await write("secrets/db", "postgres://canary\n");
  const config = await load({
    yaml: `
storage: { default: { backend: { type: "@acme/backend", Url: "\${secret:file:db}", pool: { maxSize: 4 } }, credentials: own } }
credentials: { own: { type: ./auth.js, role: reader, key: "\${secret:file:db}" } }
secrets: { providers: { file: { enabled: true, base_path: secrets } } }
`,
  });
  const backend = config.storages.get("default")?.backend;
  t.is(backend?.type, "@acme/backend");
  t.deepEqual(backend?.settings.pool, { maxSize: 4 });
  t.is(reveal(backend?.settings.url), "postgres://canary");
  t.is(config.credentials.get("own")?.settings.role, "reader");
  t.is(String(config.credentials.get("own")?.settings.key), "[redacted]");
});

test("a duration among a bundled plugin's settings reaches the plugin as it was given", async (t) => {
  const { load } = await configFixture(t);
  const yaml = (settings: string): string => `
storage: { main: {} }
environments: { a: { storage: main } }
authentication: { required: true, methods: { token: { enabled: true, storage: { tokens: { ci: { credential: x } } } } } }
authorization: { required: true, backend: opa, opa: { url: "http://127.0.0.1:1", ${settings} } }
`;
  const decoded = async (settings: string): Promise<unknown> => {
    const { authorization } = await load({ yaml: yaml(settings) });
    return opa.schema["~standard"].validate(authorization?.settings);
  };
  t.like(await decoded("timeout: 1s500ms, keep: 2h"), { value: { timeout: 1500, keep: 7_200_000 } });
  // A bare number is nanoseconds, and what is not given has its default.
  t.like(await decoded("timeout: 20000000"), { value: { timeout: 20, keep: 5000 } });
});
