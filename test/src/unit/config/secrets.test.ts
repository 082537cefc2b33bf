import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { loadServerAddress } from "@vexil/config/load-address";
import { loadPlugins } from "@vexil/engine/plugins/plugin-registry";
import type { Secret } from "@vexil/plugin-api";
import test from "ava";
import { recorder } from "../../helpers/daemon/recorder.js";
import { configFixture } from "../../helpers/files/config-fixture.js";

const EMPTY: readonly string[] = [
  "authentication: { methods: { token: { enabled: true, storage: { tokens: { a.b: { credential: X } } } } } }",
  "credentials: { bot: { type: access_token, access_token: X } }",
  "credentials: { bot: { type: basic, basic: { username: me, password: X } } }",
  "storage: { default: { webhook: { type: github, secret: X } } }",
  "secrets: { providers: { file: { enabled: true, base_path: X } } }",
  "storage: { default: { signature: { enabled: true, type: ssh, key_ref: { provider: file, path: p, key: X } } } }",
];

test("every message about an empty secret names the variable that it was to come from", async (t) => {
  const { failure } = await configFixture(t);
  for (const yaml of EMPTY) {
    const text = yaml.replace("X", '"${env:CI_TOKEN}"');
    t.regex(await failure({ yaml: text }), /: \$\{env:CI_TOKEN\} is not set$/, text);
    t.regex(await failure({ yaml: text, env: { CI_TOKEN: "" } }), /: \$\{env:CI_TOKEN\} is empty$/, text);
    t.notRegex(await failure({ yaml: yaml.replace("X", "''") }), /env/, yaml);
  }
});

test("secrets of a method of authentication come to its plugin as such, wherever they stand", async (t) => {
  const { load, write, directory } = await configFixture(t);
  await write("secrets/corp", "canary-of-a-file");
  const config = await load({
    yaml: `
secrets: { providers: { file: { enabled: true, base_path: secrets } } }
authentication:
  session: { domain: flags.example.com }
  methods:
    oidc:
      enabled: true
      cache_ttl: 90s
      providers:
        corp: { issuer_url: "https://id", client_id: x, client_secret: "\${secret:file:corp}", redirect_address: "https://r" }
        other: { issuer_url: "https://id", client_id: x, client_secret: "\${env:CANARY}", redirect_address: "https://r" }
    github: { enabled: true, client_id: x, client_secret: "\${env:CANARY}", redirect_address: "https://r", allowed_organizations: [Acme], scopes: [read:org], allowed_teams: { Acme: [core] } }
    kubernetes: { enabled: true, ca_path: tls/ca.crt }
`,
    env: { CANARY: "canary-of-a-variable" },
  });
  const settingsOf = (name: string): Readonly<Record<string, unknown>> =>
    config.authentication.methods.find(({ method }) => method === name)?.settings ?? {};
  const providers = settingsOf("oidc").providers as Readonly<Record<string, { readonly client_secret: Secret }>>;
  t.is(providers.corp?.client_secret.reveal(), "canary-of-a-file");
  t.is(providers.other?.client_secret.reveal(), "canary-of-a-variable");
  t.is((settingsOf("github").client_secret as Secret).reveal(), "canary-of-a-variable");
  t.is(settingsOf("kubernetes").ca_path, join(directory, "tls/ca.crt"));
  const { logger } = recorder();
  const plugins = await loadPlugins(config, logger, { bundledFrom: new URL(import.meta.url) });
  t.teardown(() => plugins.close());
  t.false(JSON.stringify(config.authentication.methods).includes("canary"));
  t.deepEqual(config.warnings, []);
});

test("so does a plugin's word about a setting that came to nothing", async (t) => {
  const { load } = await configFixture(t);
  const config = await load({
    yaml: 'storage: { default: { backend: { type: postgres, url: "${env:DATABASE_URL}" } } }',
  });
  const { logger } = recorder();
  const plugins = await loadPlugins(config, logger, { bundledFrom: new URL(import.meta.url) });
  t.teardown(() => plugins.close());
  const storage = config.storages.get("default");
  if (storage === undefined) return t.fail();
  await t.throwsAsync(plugins.createBackend(storage, config), { message: /\$\{env:DATABASE_URL\} is not set/ });
});

test("where a daemon listens is read without its secrets, and whatever else is wrong", async (t) => {
  const { directory, write } = await configFixture(t);
  const file = await write(
    "vexil.yaml",
    `
server: { host: "\${env:HOST}", http_port: 8099, cert_file: nowhere.pem }
storage: { default: { poll_interval: 5, backnd: {}, remote: x, credentials: bot } }
credentials: { bot: { type: access_token, access_token_file: /nowhere/token } }
authentication: { methods: { token: { enabled: true, storage: { tokens: { ci: { credential: "\${env:CI_TOKEN}" }, b: { credential: "\${secret:file:b}" }, c: { credential: "\${credential:c}" } } } } } }
secrets: { providers: { file: { enabled: true, base_path: /nowhere } } }
`,
  );
  const options = { file, cwd: directory, env: { HOST: "::1" } };
  t.deepEqual(await loadServerAddress(options), { file, protocol: "http", host: "::1", port: 8099 });
  const moved = { ...options, env: { HOST: "::1", VEXIL_SERVER_PROTOCOL: "https", VEXIL_SERVER_HTTPS_PORT: "8443" } };
  const certFile = "nowhere.pem";
  t.deepEqual(await loadServerAddress(moved), { file, protocol: "https", host: "::1", port: 8443, certFile });
  const none = { cwd: join(directory, "empty"), env: { HOME: directory } };
  t.deepEqual(await loadServerAddress(none), { protocol: "http", host: "127.0.0.1", port: 8080 });
  await write("wrong.yaml", "server: { http_port: many }");
  const wrong = loadServerAddress({ ...options, file: join(directory, "wrong.yaml") });
  await t.throwsAsync(wrong, { message: /^server\.http_port: expected a whole number/ });
});

test("secrets in a file that everybody may read are warned of, and not shown", async (t) => {
  const { load, write, directory } = await configFixture(t);
  const inside = `
authentication: { methods: { token: { enabled: true, storage: { tokens: { ci: { credential: canary-1 } } } } } }
storage: { default: { remote: "https://me:canary-2@127.0.0.1/x.git", backend: { type: postgres, url: "\${env:URL}" } }, other: { backend: { type: "./mine.js", api_key: canary-3 } } }
environments: { default: { default: true, storage: default } }`;
  const warned = async (yaml: string, mode: number): Promise<string> => {
    await write("vexil.yaml", yaml);
    await chmod(join(directory, "vexil.yaml"), mode);
    return (await load({ env: { URL: "postgres://me:canary@127.0.0.1/x" } })).warnings.join("\n");
  };
  const text = await warned(inside, 0o644);
  t.regex(
    text,
    /vexil\.yaml holds secrets \([^)]*tokens\.ci\.credential[^)]*\).*everybody may read it \(mode 644\).*chmod o-rwx/,
  );
  for (const path of ["storage.default.remote", "storage.other.backend.api_key"]) t.true(text.includes(path), text);
  t.false(text.includes("storage.default.backend.url"));
  t.false(text.includes("canary"));
  t.is(await warned(inside, 0o640), "");
  const referring = inside
    .replace("canary-1", '"${env:URL}"')
    .replace("me:canary-2@", "")
    .replace("canary-3", "'${env:URL}'");
  t.is(await warned(referring, 0o644), "");
});
