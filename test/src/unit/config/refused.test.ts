import test from "ava";
import { configFixture } from "../../helpers/files/config-fixture.js";

const token = (inner: string): string =>
  `authentication: { methods: { token: { enabled: true, storage: { tokens: { ci: { ${inner} } } } } } }`;
const storage = (inner: string): string => `storage: { default: { ${inner} } }`;
const rights = (inner: string): string =>
  `authorization: { required: true, ${inner} }\n${token("credential: x").replace("{ methods", "{ required: true, methods")}`;
const credential = (inner: string): string => `credentials: { default: { ${inner} } }`;

/** Configurations that stop the start, with the message. */
const REFUSED: readonly [string, string | RegExp][] = [
  // The root, and what names what.
  ['version: "1.0"', "invalid version: 1.0"],
  ["environments: { first: {}, second: {} }", "environments: default environment non-empty value is required"],
  ["environments: { default: { storage: x } }", /^environments: "default" references undefined storage "x"/],
  [
    "storage: { git: {} }\nenvironments: { prod: { storage: git, default: true }, staging: { storage: git } }",
    'environments: directory environments [prod, staging] share the same storage "git" and directory ""',
  ],
  [
    credential("type: basic, basic: { username: u }"),
    "credentials: default credentials: basic credentials: both username and password for basic auth non-empty value is required",
  ],
  [
    credential("type: ssh, ssh: { user: git, password: p, private_key_path: a, private_key_bytes: b }"),
    "credentials: default credentials: ssh credentials: ssh authentication credentials: private_key please provide exclusively one of private_key_bytes or private_key_path",
  ],
  [
    storage("poll_interval: 500ms"),
    "storage: default storage: poll_interval poll interval must be at least 1 second (vexil.yaml:1)",
  ],
  [
    storage("poll_interval: 5"),
    'storage: default storage: poll_interval poll interval must be at least 1 second; 5 without a unit is 5 nanoseconds, write it like "5s" (vexil.yaml:1)',
  ],
  [
    storage("timeouts: { push: 30 }"),
    /timeouts\.push must be at least 1ms; 30 without a unit.*"30s" \(vexil\.yaml:1\)/,
  ],
  [storage("timeouts: { total: 49h }"), /timeouts\.total must be at most 48h \(vexil\.yaml:1\)/],
  ["server: { shutdown_timeout: 30 }", /shutdown_timeout must be at least 1ms; 30 without a unit.*\(vexil\.yaml:1\)/],
  ["server: { shutdown_timeout: 49h }", /shutdown_timeout must be at most 48h \(vexil\.yaml:1\)/],
  ["server: { protocol: https }", "server: cert_file non-empty value is required"],
  ["server: { admin: { host: 0.0.0.0 } }", "server: admin.http_port non-empty value is required"],
  ["server: { admin: { port: 9 } }", /^unknown key server\.admin\.port /],
  ...["https://flags.example.com", "*.example.com", "*", "a b", "a/b", "[::1", "a..b", "a:b"].map(
    (host): [string, string] => [
      `server: { allowed_hosts: [${JSON.stringify(host)}] }`,
      `server: allowed_hosts: "${host}" is no host name; write it as flags.example.com or flags.example.com:8443`,
    ],
  ),
  ['templates: { commit_message: "{{ .X" }', /^templates: invalid commit_message template: ./],
  [
    "secrets: { providers: { file: { enabled: true } } }",
    "secrets.providers.file: base_path non-empty value is required",
  ],
  // Shape and references.
  ["version: 3", "invalid version: 3"],
  [storage('poll_interval: "30"'), /poll_interval \(vexil\.yaml:1\): time: missing unit in duration "30"/],
  [storage('poll_interval: ""'), /time: invalid duration ""/],
  [storage("poll_interval: 30"), /must be at least 1 second/],
  [storage("poll_interval: -1m"), /must be at least 1 second/],
  // Storages.
  [storage("backend: { type: local, path: '' }"), "storage: default storage: local path non-empty value is required"],
  [storage("credentials: x"), /^credential "x" not found/],
  [
    storage("ca_cert_path: a, ca_cert_bytes: b"),
    "storage: default storage: ca_cert please provide only one of ca_cert_path or ca_cert_bytes",
  ],
  [storage("signature: { enabled: true }"), /signature type non-empty value is required/],
  [storage("signature: { enabled: true, type: x }"), /unsupported signing type: x/],
  [storage("signature: { enabled: true, type: gpg }"), /key_ref provider non-empty value is required/],
  [storage("signature: { enabled: true, type: ssh, key_ref: { provider: file, key: k } }"), /key_ref path non-empty/],
  [storage("signature: { enabled: true, type: gpg, key_path: k }"), /gpg is not supported yet.*unsigned/],
  [storage("branch: a123456789012345678901234567890123456789"), /names a commit/],
  [storage("branch: 'a..b'"), /is not a branch name/],
  [storage("fetch_policy: often"), /fetch_policy .*one of strict, lenient, got "often"/],
  ["storage: { git: {} }", /^environments: "default" references undefined storage "default"/],
  // Environments.
  [
    "environments: { a: { default: true }, b: { default: true, directory: b } }",
    "environments: default only one environment can be default",
  ],
  ["environments: { e: { scm: { type: svn } } }", /^environments: e environments: scm unexpected SCM type: "svn"/],
  ["environments: { a: { name: x, default: true }, b: { name: x, directory: b } }", /a and b have the same name "x"/],
  ["environments: { a: { directory: ../b } }", /leaves the repository/],
  // Credentials.
  [credential("type: basic"), "credentials: default credentials: basic auth configuration non-empty value is required"],
  [credential("type: access_token"), "credentials: default credentials: access token non-empty value is required"],
  [credential("type: access-token, access_token: x"), /credentials: type unexpected credential type "access-token"/],
  [credential("type: ''"), /credentials: type unexpected credential type ""/],
  [credential("type: access_token, access_token: a, access_token_file: b"), /exclusively one of/],
  [credential("type: basic, basic: { username: u, password: p, password_file: f }"), /exclusively one of/],
  [credential("type: ssh, ssh: { known_hosts: a, known_hosts_path: b }"), /known_hosts please provide exclusively one/],
  [credential("type: github_app"), /github app configuration non-empty value is required/],
  [credential("type: github_app, github_app: { installation_id: 1 }"), /client_id non-empty value is required/],
  [
    credential("type: github_app, github_app: { client_id: 1, installation_id: 1 }"),
    /private_key please provide exclusively one/,
  ],
  [
    `${storage("credentials: default")}\n${credential("type: github_app, github_app: { client_id: 1, installation_id: 1, private_key_path: k }")}`,
    /github_app are not supported yet/,
  ],
  // Server and log.
  ["server: { protocol: https, cert_file: nope.pem }", "server: cert_file stat nope.pem: no such file or directory"],
  ["server: { protocol: https, cert_file: vexil.yaml }", "server: cert_key non-empty value is required"],
  ["server: { client_ca_file: vexil.yaml }", "server: client_ca_file needs protocol https (vexil.yaml:1)"],
  [
    "server: { protocol: https, cert_file: vexil.yaml, cert_key: vexil.yaml, client_ca_file: nope.pem }",
    "server: client_ca_file stat nope.pem: no such file or directory",
  ],
  [
    "server: { client_auth: optional }",
    'server: client_auth: "optional" is neither require nor request (vexil.yaml:1)',
  ],
  ["server: { hsts: { max_age: -1s } }", "server: hsts.max_age must not be negative"],
  ["server: { hsts: { max_aeg: 1s } }", /server\.hsts\.max_aeg.*server\.hsts\.max_age/],
  [
    "authentication: { methods: { certificate: { enabled: true } } }",
    "authentication: methods.certificate needs server.client_ca_file",
  ],
  ["server: { http_port: 70000 }", /server\.http_port .*a whole number from 0 to 65535, got 70000/],
  ["server: { limits: { batch_item: 1 } }", /server\.limits\.batch_item.*server\.limits\.batch_items/],
  ["server: { limits: { batch_items: 0 } }", /server\.limits\.batch_items .*a whole number from 1 to/],
  ["server: { limits: { answer_bytes: many } }", /server\.limits\.answer_bytes .*a size such as 512MB/],
  ["server: { trusted_proxies: [10.0.0.0/33] }", /server\.trusted_proxies: "10\.0\.0\.0\/33" is neither/],
  ["server: { trusted_proxies: proxy.local }", /server\.trusted_proxies: "proxy\.local" is neither/],
  ["log: { encoding: xml }", /log\.encoding .*one of json, console, got "xml"/],
  ["log: { grpc_level: x }", /^parsing grpc log level \("x"\)/],
  ["log: { keys: { time: event } }", /different names/],
  // Authentication.
  [
    "authentication: { methods: { oidc: { enabled: true } } }",
    "authentication: session_domain non-empty value is required; set authentication.session.domain",
  ],
  [
    "authentication: { methods: { github: { enabled: true } } }",
    "authentication: session_domain non-empty value is required; set authentication.session.domain",
  ],
  [
    "authentication: { methods: { kubernetes: { enabled: true }, jwt: { enabled: true, jwks_url: x } } }",
    /kubernetes and jwt/,
  ],
  [
    "authentication: { session: { domain: x }, methods: { oidc: { enabled: true, providers: { corp: {} } } } }",
    /^oidc provider corp: client_id non-empty value is required/,
  ],
  [
    "authentication: { methods: { oidc: { providers: { corp: { pkce: true } } } } }",
    /authentication\.methods\.oidc\.providers\.corp\.pkce/,
  ],
  [
    "authentication: { session: { domain: x }, methods: { github: { enabled: true, client_id: a, client_secret: b, redirect_address: 'https://x', allowed_organizations: [acme] } } }",
    /^github: scopes must contain read:org when allowed_organizations is not empty/,
  ],
  [
    "authentication: { methods: { kubernetes: { enabled: true, discovery_url: 'http://x' } } }",
    /^kubernetes: discovery_url "http:\/\/x" is no https address/,
  ],
  ["authentication: { methods: { jwt: { enabled: true } } }", /exactly one of jwks_url or public_key_file/],
  ["authentication: { methods: { jwt: { enabled: true } } }", /one of jwks_url or public_key_file is required/],
  [
    "authentication: { methods: { jwt: { enabled: true, jwks_url: 'https://x', public_key_file: x } } }",
    /only one of jwks_url or public_key_file can be set/,
  ],
  [
    "authentication: { methods: { jwt: { enabled: true, jwks_url: 'https://x', claims_mapping: { roles: /r } } } }",
    /invalid claim key 'roles'/,
  ],
  [
    "authentication: { methods: { jwt: { enabled: true, jwks_url: 'https://x', claims_mapping: { role: r } } } }",
    /claims_mapping\.role: "r" is no JSON Pointer/,
  ],
  [token("credential: x, expires_at: tomorrow"), /tokens\.ci\.expires_at: "tomorrow" is no time/],
  [token('credential: x, expires_at: "2027-02-30T00:00:00Z"'), /expires_at: "2027-02-30T00:00:00Z" is no time/],
  [
    "authentication: { methods: { token: { enabled: true, storage: { type: database } } } }",
    /^storage type: authentication\.method\.token\.storage\.type unexpected type: "database"/,
  ],
  [token("credential: ''"), /tokens\.ci\.credential non-empty/],
  [token("metadata: { a: b }"), /tokens\.ci\.credential non-empty/],
  [token("credential: '${env:NOT_SET}'"), /tokens\.ci\.credential non-empty/],
  [
    "authentication: { required: true, methods: { jwt: { enabled: true, jwks_url: x } } }",
    /"x" is no address that begins with https/,
  ],
  [
    "authentication: { session: { storage: { type: redis, redis: { ca_cert_path: a, ca_cert_bytes: b } } } }",
    /^authentication: session_storage please provide exclusively one of ca_cert_bytes or ca_cert_path/,
  ],
  ["authentication: { session: { storage: { type: rediss } } }", /session\.storage\.type.*memory, redis/s],
  ["authentication: { session: { storage: { redis: { prot: 1 } } } }", /session\.storage\.redis\.prot/],
  [
    "authentication: { session: { storage: { type: redis, redis: { net_timeout: 2h } } } }",
    /net_timeout must be from 1ms to 1m/,
  ],
  ["authentication: { session: { token_lifetime: 0s } }", /session\.token_lifetime must be more than 0/],
  // Secrets and templates.
  [
    "secrets: { providers: { file: { enabled: true, base_path: nowhere } } }",
    "secrets.providers.file: checking base path: nowhere: no such file or directory",
  ],
  [
    "secrets: { providers: { file: { enabled: true, base_path: vexil.yaml } } }",
    "secrets.providers.file: checking base path: vexil.yaml: not a directory",
  ],
  ["authorization: { required: true }", "authorization: requires authentication to also be required"],
  [
    rights("backend: local"),
    /^authorization: backend: local: Vexil runs no Rego.*authorization\.roles.*@vexil\/authorization-opa/,
  ],
  [rights("local: { policy: { path: x.rego } }"), /^authorization: local\.policy: Vexil runs no Rego/],
  [rights("default: allow"), /authorization\.default \(vexil\.yaml:1\): expected "deny"/],
  [rights("role: {}"), /unknown key authorization\.role.*did you mean authorization\.roles/],
  [
    rights("roles: { a: [{ actions: [fly] }] }"),
    /^authorization\.roles\.a\.0\.actions.*: unknown action "fly" \(known are /,
  ],
  [rights("bindings: [{ role: a, match: { token: x } }]"), /^authorization\.bindings\.0\.role: unknown role "a"/],
  [rights("roles: { a: [] }, bindings: [{ role: a, match: {} }]"), /^authorization\.bindings\.0\.match.*: is empty/],
  [
    rights("roles: { a: [] }, bindings: [{ role: a, match: { user: x } }]"),
    /unknown member of match "user" \(known are /,
  ],
  [
    rights("roles: { a: [] }, bindings: [{ role: a, match: { provider: corp } }]"),
    /^authorization\.bindings\.0\.match\.provider: unknown provider "corp" \(there is none\)/,
  ],
  [
    rights("roles: { a: [] }, bindings: [{ role: a, match: { providr: corp } }]"),
    /authorization\.bindings\.0\.match.*: unknown member of match "providr"/,
  ],
  [
    rights("roles: { a: [] }, bindings: [{ role: a, match: { method: basic } }]"),
    /^authorization\.bindings\.0\.match\.method: unknown method "basic" \(one of token, oidc, /,
  ],
  [rights("backend: opa"), /^authorization: opa\.url non-empty value is required/],
  [rights("backend: opa, opa: { url: nowhere }"), /^authorization\.opa\.url: opa: "nowhere" is no address/],
  // Vexil's own keys.
  [storage("webhook: { type: github }"), /webhook\.secret non-empty/],
  [storage("webhook: { type: svn, secret: x }"), /one of github, gitlab/],
  [storage("webhook: { type: azure, secret: x }"), /webhook\.username non-empty/],
  [storage("timeouts: { total: 0s }"), /timeouts\.total must be more than 0/],
  [storage("remote: 'https://['"), /storage\.default\.remote is not a valid URL/],
  [storage("remote: 'ssh://a:b@h/x'"), /a password in an ssh URL/],
  // Types.
  ["storage: [a]", /^storage \(vexil\.yaml:1\): expected a map of ids/],
  ["server: { base_path: flags }", 'server: base_path: "flags" is no path such as /flags'],
  ["server: { base_path: /a/../b }", 'server: base_path: "/a/../b" is no path such as /flags'],
  [
    "server: { base_path: /api/flags/ }",
    'server: base_path: "/api/flags/" begins as paths of the daemon do; choose another, such as /flags',
  ],
  ["server: { base_path: /status }", /begins as paths of the daemon do/],
  ["ui: { default_theme: pink }", 'ui: default_theme: "pink" is neither system, light nor dark'],
  ["ui: { topbar: { color: red } }", 'ui: topbar.color: "red" is no hex color; write it as #7c3aed'],
  ["server: 7", /^server \(vexil\.yaml:1\): expected a map with admin, allowed_hosts, base_path, cert_file, /],
  ["cors: { enabled: maybe }", /cors\.enabled \(vexil\.yaml:1\): expected true or false, got "maybe"/],
  ["log: { level: [a] }", /log\.level \(vexil\.yaml:1\): expected text, got a list/],
];

test("what the configuration may not say stops the start with the documented message", async (t) => {
  const { failure } = await configFixture(t);
  for (const [yaml, expected] of REFUSED) {
    const message = await failure({ yaml });
    if (typeof expected === "string") t.is(message, expected, yaml);
    else t.regex(message, expected, yaml);
  }
});

test("rules apply in the documented order: root, authentication, server, environments, storage, credentials, secrets", async (t) => {
  const { failure } = await configFixture(t);
  const faults: readonly [string, RegExp][] = [
    ["version: '1'", /invalid version/],
    ["templates: { commit_message: '{{' }", /commit_message/],
    ["authentication: { methods: { jwt: { enabled: true } } }", /jwks_url/],
    ["server: { protocol: https }", /cert_file/],
    ["environments: { a: {}, b: {} }", /default environment/],
    ["storage: { default: { poll_interval: 1ms } }", /poll_interval/],
    ["credentials: { a: { type: basic } }", /basic auth configuration/],
    ["secrets: { providers: { file: { enabled: true } } }", /base_path/],
  ];
  for (const [index, [, expected]] of faults.entries()) {
    const rest = faults.slice(index).map(([yaml]) => yaml);
    t.regex(await failure({ yaml: rest.reverse().join("\n") }), expected);
  }
});

test("every value of a wrong type and every unknown key is listed", async (t) => {
  const { failure } = await configFixture(t);
  const message = await failure({
    yaml: "server:\n  http_port: x\n  hostt: a\nstorage:\n  main:\n    poll_interval: '30'\n    pol_interval: 1s\n",
  });
  t.regex(message, /^decoding failed due to the following error\(s\):\n\n/);
  t.regex(message, /server\.http_port \(vexil\.yaml:2\): expected a whole number/);
  t.regex(
    message,
    /unknown key server\.hostt \(vexil\.yaml:3\): did you mean server\.host\? Accepted at server: .*host/,
  );
  t.regex(message, /storage\.main\.poll_interval \(vexil\.yaml:6\): time: missing unit/);
  t.regex(
    message,
    /unknown key storage\.main\.pol_interval \(vexil\.yaml:7\): did you mean storage\.main\.poll_interval\?/,
  );
});

const NEAREST: readonly [string, string][] = [
  ["storages: {}", "storage"],
  ["server: { port: 1 }", "server.http_port"],
  ["authentication: { methods: { token: { tokens: {} } } }", "authentication.methods.token.storage.tokens"],
  ["storage: { main: { backend: { type: memory, pth: x } } }", "storage.main.backend.path"],
  ["storage: { main: { backend: { type: postgres, url_fil: x } } }", "storage.main.backend.url_file"],
  ["storage: { main: { backend: { type: local, pat: x } } }", "storage.main.backend.path"],
  ["credentials: { a: { type: ssh, ssh: { private_key: k } } }", "credentials.a.ssh.private_key_path"],
  ["credentials: { a: { type: access_token, acces_token: k } }", "credentials.a.access_token"],
  ["storage: { main: { poll: 1s } }", "storage.main.poll_interval"],
  ["credentials: { a: { type: basic, basic: { user: u } } }", "credentials.a.basic.username"],
  ["credentials: { a: { type: basic, password: p } }", "credentials.a.basic.password"],
  ["log: { lvl: info }", "log.level"],
];

test("an unknown key is named with the nearest known one", async (t) => {
  const { failure } = await configFixture(t);
  for (const [yaml, expected] of NEAREST) {
    const message = await failure({ yaml });
    t.true(message.includes(`did you mean ${expected}?`), `${yaml}\n${message}`);
  }
});

test("messages name the variable a wrong value came from, and do not repeat what a variable or reference held", async (t) => {
  const { failure } = await configFixture(t);
  const env = { VEXIL_SERVER_HTTP_PORT: "canary-1", TOKEN: "canary-2" };
  const message = await failure({ yaml: "storage: { default: { poll_interval: '${env:TOKEN}' } }", env });
  t.regex(message, /server\.http_port \(VEXIL_SERVER_HTTP_PORT\): expected a whole number/);
  t.regex(message, /poll_interval \(vexil\.yaml:1 \$\{env:TOKEN\}\)/);
  t.false(message.includes("canary"), message);
});
