import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { configFixture } from "../../helpers/files/config-fixture.js";
import { tokensOf } from "../../helpers/http/authentication.js";

const TOKEN = (text: string): string =>
  `authentication: { methods: { token: { enabled: true, storage: { tokens: { ci: { credential: '${text}', metadata: { m: '${text}' } } } } } } }`;
const FILES = "secrets: { providers: { file: { enabled: true, base_path: secrets } } }";

test("${env:NAME} stands for a variable as a whole value only, in fields of any type", async (t) => {
  const { load } = await configFixture(t);
  const config = await load({
    yaml: `
server: { http_port: "\${env:PORT}", host: "\${env:UNSET}x" }
cors: { enabled: "\${env:ON}", allowed_origins: ["\${env:ORIGIN}", b] }
templates: { commit_message: "\${NAME} \${env:PORT}" }
storage: { default: { backend: { type: "\${env:T}" }, branch: "\${env:1BAD}" } }
`.replace("${env:1BAD}", "release"),
    env: { PORT: "81", ON: "true", ORIGIN: "a.com", T: "local" },
  });
  t.is(config.server.port, 81);
  t.is(config.server.host, "${env:UNSET}x");
  t.true(config.cors.enabled);
  t.deepEqual(config.cors.allowedOrigins, ["a.com", "b"]);
  t.is(config.templates.commitMessage, "${NAME} ${env:PORT}");
  t.is(config.storages.get("default")?.backend.type, "local");
});

test("a variable that is not set, and what only looks like a reference, are warned of by their key", async (t) => {
  const { load } = await configFixture(t);
  const yaml = 'server: { http_port: "${env:NONE}" }\ntemplates: { commit_message: "${secrt:file:key}" }';
  const { warnings, templates } = await load({ yaml });
  t.true(warnings.some((text) => text.startsWith("server.http_port: ${env:NONE} is not set")));
  t.true(warnings.some((text) => text.startsWith('templates.commit_message: "${secrt:…}" is no reference')));
  t.false(warnings.join().includes("file:key"), "what it says may be a secret");
  t.is(templates.commitMessage, "${secrt:file:key}");
});

test("${secret:file:name} is that file, trimmed, and is read again by refresh; plain maps keep their text", async (t) => {
  const { load, write, directory } = await configFixture(t);
  await write("secrets/ci-token", " one\n");
  const config = await load({ yaml: `${TOKEN("${secret:file:ci-token}")}\n${FILES}` });
  const { ci: token } = tokensOf(config);
  t.is(token?.credential?.reveal(), "one");
  t.is(token?.metadata?.m, "${secret:file:ci-token}");
  await writeFile(join(directory, "secrets/ci-token"), "two\n");
  t.true(await token?.credential?.refresh());
  t.is(token?.credential?.reveal(), "two");
  await rm(join(directory, "secrets/ci-token"));
  await t.throwsAsync(async () => token?.credential?.refresh(), { message: /secret not found at path "ci-token"/ });
  t.is(token?.credential?.reveal(), "two");
});

test("a reference may have three parts, and stands in any text", async (t) => {
  const { load, write } = await configFixture(t);
  await write("secrets/git/user", "me");
  await write("secrets/git/password", "canary");
  await write("secrets/plain", "text");
  const config = await load({
    yaml: `${FILES}
credentials: { a: { type: basic, basic: { username: "\${secret:file:git:user}", password: "\${secret:file:git:password}" } } }
storage: { default: { branch: "\${secret:file:plain:plain}" } }`,
  });
  t.is(config.credentials.get("a")?.settings.username, "me");
  t.is(String(config.credentials.get("a")?.settings.password), "[redacted]");
  t.is(config.storages.get("default")?.branch, "text");
});

test("a reference that leads nowhere stops the start and says why", async (t) => {
  const { failure, write } = await configFixture(t);
  await write("secrets/empty", "\n");
  const cases: readonly [string, RegExp][] = [
    ["${secret:file:nope}", /"\$\{secret:file:nope\}" in .*tokens\.ci\.credential: secret not found at path "nope"/],
    ["${secret:nope}", /invalid secret reference: provider is required/],
    ["${secret:a:b:c:d}", /invalid secret reference format/],
    ["${secret:file:a b}", /invalid secret reference format/],
    ["${secret:other:x}", /provider "other" not found/],
    ["${secret:vault:x}", /provider "vault" is not supported yet/],
    ["${secret:file:../vexil.yaml}", /secret not found at path/],
    ["${secret:file:empty}", /the value is empty/],
  ];
  for (const [text, expected] of cases) {
    const yaml = `${TOKEN(text)}\n${FILES.replace("providers: {", "providers: { vault: { enabled: true },")}`;
    t.regex(await failure({ yaml }), expected, text);
  }
  t.regex(
    await failure({ yaml: TOKEN("${secret:file:x}") }),
    /provider "file" not found: enable secrets\.providers\.file/,
  );
});

test("${credential:NAME} is a file of the service manager's credentials directory", async (t) => {
  const { load, failure, write, directory } = await configFixture(t);
  await write("creds/git.token-1", " canary \n");
  const env = { CREDENTIALS_DIRECTORY: join(directory, "creds") };
  const config = await load({ yaml: TOKEN("${credential:git.token-1}"), env });
  t.is(tokensOf(config).ci?.credential?.reveal(), "canary");
  t.regex(await failure({ yaml: TOKEN("${credential:nope}"), env }), /credential "nope" not found/);
  t.regex(await failure({ yaml: TOKEN("${credential:../creds/git.token-1}"), env }), /letters, digits/);
  t.regex(await failure({ yaml: TOKEN("${credential:a..b}"), env }), /letters, digits/);
  t.regex(await failure({ yaml: TOKEN("${credential:x}") }), /CREDENTIALS_DIRECTORY is not set.*LoadCredential=x/);
});

test("passwords and tokens may come from files of their own, which are read again", async (t) => {
  const { load, failure, write, directory } = await configFixture(t);
  await write("pw", "one\n");
  const yaml = `credentials:
  a: { type: basic, basic: { username: u, password_file: pw } }
  b: { type: access_token, access_token_file: pw }`;
  const config = await load({ yaml });
  await writeFile(join(directory, "pw"), "two");
  for (const [id, key] of [
    ["a", "password"],
    ["b", "access_token"],
  ] as const) {
    const secret = config.credentials.get(id)?.settings[key] as { refresh(): Promise<boolean>; reveal(): string };
    t.is(secret.reveal(), "one");
    t.true(await secret.refresh());
    t.is(secret.reveal(), "two");
  }
  await rm(join(directory, "pw"));
  t.regex(await failure({ yaml }), /credentials\.a\.basic\.password_file: cannot read .*pw: ENOENT/);
});

test("a signing key may come from a provider", async (t) => {
  const { load, write } = await configFixture(t);
  await write("secrets/keys/sign", "canary");
  const config = await load({
    yaml: `${FILES}\nstorage: { default: { signature: { enabled: true, type: ssh, key_ref: { provider: file, path: keys, key: sign } } } }`,
  });
  t.is(config.storages.get("default")?.signature.key?.reveal(), "canary");
});
