import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import accessToken from "@vexil/auth-access-token";
import basic from "@vexil/auth-basic";
import { type AuthPlugin, type HttpAuthenticator, Secret } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type GitHttpServerOptions, startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { fetchFrom, never, openTestRemote } from "../helpers/git-servers/remote-client.js";
import { createAuthenticator, recordingLogger, settingsIssues } from "../helpers/plugins/authenticator.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const ORIGIN = "https://git.example.com";
const GREETING = { method: "GET", path: "/flags.git/info/refs", bodySha256: "" } as const;

async function start<S>(t: ExecutionContext, plugin: AuthPlugin<S>, settings: unknown) {
  const { logger, lines } = recordingLogger();
  const authenticator = (await createAuthenticator(plugin, settings, logger)) as HttpAuthenticator;
  t.teardown(() => authenticator.close());
  const credential = async (refresh = false): Promise<string | undefined> => {
    const headers = await authenticator.headers(ORIGIN, { refresh, request: GREETING }, AbortSignal.timeout(5000));
    const value = headers.authorization?.replace(/^Basic /, "");
    return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
  };
  return { authenticator, credential, lines };
}

async function secretFile(t: ExecutionContext, content: string): Promise<string> {
  const path = join(await temporaryDirectory(t), "secret");
  await writeFile(path, content);
  return path;
}

test("basic sends user and password, as UTF-8", async (t) => {
  const { credential, authenticator } = await start(t, basic, { username: "ada", password: "pass:wörd" });
  t.is(await credential(), "ada:pass:wörd");
  t.false(authenticator.refreshable);
});

test("basic with neither user nor password sends nothing", async (t) => {
  const { credential } = await start(t, basic, {});
  t.is(await credential(), undefined);
});

test("a token goes as the password of x-token-auth", async (t) => {
  const { credential } = await start(t, accessToken, { access_token: new Secret("t0ken") });
  t.is(await credential(), "x-token-auth:t0ken");
});

const fromFile: readonly [string, AuthPlugin<never>, (path: string) => unknown, string][] = [
  ["password_file", basic as AuthPlugin<never>, (path) => ({ username: "ada", password_file: path }), "ada"],
  ["access_token_file", accessToken as AuthPlugin<never>, (path) => ({ access_token_file: path }), "x-token-auth"],
];

for (const [key, plugin, settings, user] of fromFile) {
  test(`${key}: a changed file is used from the next request on`, async (t) => {
    const path = await secretFile(t, "one\n");
    const { credential, authenticator } = await start(t, plugin, settings(path));
    t.true(authenticator.refreshable);
    t.is(await credential(), `${user}:one`);
    await writeFile(path, "  two\r\n");
    t.is(await credential(), `${user}:two`);
    t.is(await credential(true), `${user}:two`);
  });

  test(`${key}: while the file is away its last value stays in use, and a refusal names the file`, async (t) => {
    const path = await secretFile(t, "one");
    const { credential, lines } = await start(t, plugin, settings(path));
    for (const damage of [() => writeFile(path, "\n"), () => rm(path)]) {
      await damage();
      t.is(await credential(), `${user}:one`);
      t.is(lines.at(-1)?.event, "credential.unread");
      const error = await t.throwsAsync(credential(true));
      t.is((error as { code?: string } | undefined)?.code, "VEXIL_AUTH_FILE");
      t.true(error?.message.includes(path));
    }
    t.false(inspect(lines).includes("one\n"));
  });

  test(`${key}: a missing file stops the start`, async (t) => {
    await t.throwsAsync(createAuthenticator(plugin, settings("/nowhere/secret")), {
      message: "cannot read /nowhere/secret: ENOENT",
    });
  });
}

test("a secret reference that is read again when it changes", async (t) => {
  let value = "one";
  const { credential } = await start(t, accessToken, { access_token: new Secret(value, async () => value) });
  t.is(await credential(), "x-token-auth:one");
  value = "two";
  t.is(await credential(), "x-token-auth:two");
});

const faults: readonly [string, AuthPlugin<never>, unknown, string][] = [
  ["an unknown key", basic as AuthPlugin<never>, { username: "a", password: "b", pasword: "c" }, "pasword"],
  ["a user alone", basic as AuthPlugin<never>, { username: "a" }, "both username and password"],
  ["a password alone", basic as AuthPlugin<never>, { password: "b" }, "both username and password"],
  [
    "password and file",
    basic as AuthPlugin<never>,
    { username: "a", password: "b", password_file: "c" },
    "exclusively one",
  ],
  ["a colon in the user", basic as AuthPlugin<never>, { username: "a:b", password: "c" }, "colons"],
  ["a line break in the user", basic as AuthPlugin<never>, { username: "a\nb", password: "c" }, "control characters"],
  ["no token", accessToken as AuthPlugin<never>, {}, "access token non-empty value is required"],
  ["an empty token", accessToken as AuthPlugin<never>, { access_token: "" }, "non-empty value is required"],
  [
    "token and file",
    accessToken as AuthPlugin<never>,
    { access_token: "a", access_token_file: "b" },
    "exclusively one",
  ],
  ["an unknown key beside a token", accessToken as AuthPlugin<never>, { access_token: "a", user: "b" }, "user"],
];

for (const [name, plugin, settings, expected] of faults) {
  test(`${plugin.name} refuses ${name}`, async (t) => {
    const messages = (await settingsIssues(plugin, settings)).map((issue) => issue.message);
    t.is(messages.length, 1);
    t.true(messages[0]?.includes(expected), messages[0]);
  });
}

// --- with native git over HTTP and HTTPS ---

const MAIN = "refs/heads/main";
const TOKEN = "canary-t0ken/+=";
const AS_TOKEN = { type: "basic", username: "x-token-auth", password: TOKEN } as const;
const AS_ADA = { type: "basic", username: "ada", password: TOKEN } as const;

async function serve(t: ExecutionContext, options: GitHttpServerOptions) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startGitHttpServer(t, repository.path, options);
  const tls = { insecureSkipTls: false, ...(server.certificate && { caCertBytes: server.certificate.ca }) };
  return {
    server,
    head: (await repository.head()) ?? "none",
    remote: (authenticator: HttpAuthenticator | undefined, url = server.url) =>
      openTestRemote(t, url, { ...(authenticator && { authenticator }), credential: "git", tls }),
  };
}

const credentials: readonly [string, AuthPlugin<never>, (file: string) => unknown, GitHttpServerOptions["auth"]][] = [
  ["password", basic as AuthPlugin<never>, () => ({ username: "ada", password: TOKEN }), AS_ADA],
  ["password_file", basic as AuthPlugin<never>, (file) => ({ username: "ada", password_file: file }), AS_ADA],
  ["access_token", accessToken as AuthPlugin<never>, () => ({ access_token: TOKEN }), AS_TOKEN],
  ["access_token_file", accessToken as AuthPlugin<never>, (file) => ({ access_token_file: file }), AS_TOKEN],
];

for (const tls of [undefined, {}]) {
  const scheme = tls === undefined ? "http" : "https with a private authority";
  for (const [name, plugin, settings, auth] of credentials) {
    test(`${name} over ${scheme}: refs and a fetch, with the credential in the first request`, async (t) => {
      const { server, head, remote } = await serve(t, { ...(auth && { auth }), ...(tls && { tls }) });
      const { authenticator, lines } = await start(t, plugin, settings(await secretFile(t, TOKEN)));
      const opened = remote(authenticator);
      t.is((await opened.listRefs([MAIN], never)).refs.get(MAIN), head);
      t.is((await fetchFrom(opened, { wants: [head] })).shallow[0], head);
      t.deepEqual(
        server.requests.filter((request) => request.status === 401),
        [],
      );
      t.false(JSON.stringify([server.requests.map((request) => request.url), lines]).includes("canary"));
    });
  }
}

test("user and password in the URL become a credential and are not shown", async (t) => {
  const { server, head, remote } = await serve(t, { auth: AS_ADA });
  const opened = remote(undefined, server.url.replace("://", `://ada:${encodeURIComponent(TOKEN)}@`));
  t.is((await opened.listRefs([MAIN], never)).refs.get(MAIN), head);
  t.is(opened.displayUrl, server.url);
  server.setAuth(AS_TOKEN);
  const error = await t.throwsAsync(opened.listRefs([MAIN], never));
  t.false(inspect(error, { depth: 9, showHidden: true }).includes("canary"));
});

test("a refused credential is named with its storage, asked for once, and not shown", async (t) => {
  const { server, remote } = await serve(t, { auth: AS_ADA });
  const { authenticator } = await start(t, accessToken, { access_token: TOKEN });
  const opened = remote(authenticator);
  for (let poll = 1; poll <= 2; poll++) {
    const error = (await t.throwsAsync(opened.listRefs([MAIN], never))) as VexilError;
    t.is(error.code, "VEXIL_AUTH_REJECTED");
    t.regex(error.message, /"main".*"git"/);
    t.is(error.details.step, "auth");
    const shown = inspect(error, { depth: 9, showHidden: true });
    t.false(shown.includes("canary") || shown.includes(Buffer.from(`x-token-auth:${TOKEN}`).toString("base64")));
    t.is(server.requests.length, poll);
  }
});

test("a token that is rotated while running is used at once, in its file or on the server", async (t) => {
  const { server, head, remote } = await serve(t, { auth: { ...AS_TOKEN, password: "one" } });
  const path = await secretFile(t, "one");
  const { authenticator } = await start(t, accessToken, { access_token_file: path });
  const opened = remote(authenticator);
  const poll = async (): Promise<string | undefined> => (await opened.listRefs([MAIN], never)).refs.get(MAIN);
  t.is(await poll(), head);
  server.setAuth({ ...AS_TOKEN, password: "two" });
  t.is(((await t.throwsAsync(poll())) as VexilError).code, "VEXIL_AUTH_REJECTED");
  await writeFile(path, "two");
  t.is(await poll(), head);
});

test("a redirect to a second server takes no credential along", async (t) => {
  const { server: second, head, remote } = await serve(t, {});
  const authorized: (string | undefined)[] = [];
  const first = createServer((request, response) => {
    authorized.push(request.headers.authorization);
    const location = `${second.origin}${request.url}`;
    response.writeHead(302, { location }).end();
  });
  await new Promise<void>((resolve) => first.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    first.closeAllConnections();
    first.close();
  });
  const { authenticator } = await start(t, accessToken, { access_token: TOKEN });
  const { port } = first.address() as AddressInfo;
  const opened = remote(authenticator, second.url.replace(String(second.port), String(port)));
  t.is((await opened.listRefs([MAIN], never)).refs.get(MAIN), head);
  t.is((await fetchFrom(opened, { wants: [head] })).shallow[0], head);
  t.true(authorized.length > 0 && authorized.every((header) => header?.startsWith("Basic ")), "the first one got it");
  t.true(second.requests.length > 1);
  for (const request of second.requests) {
    t.is(request.headers.authorization, undefined);
    t.false(inspect(request.headers).includes("canary"));
  }
});
