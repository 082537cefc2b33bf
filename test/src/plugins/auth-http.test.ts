import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import accessToken from "@vexil/auth-access-token";
import basic from "@vexil/auth-basic";
import { type AuthPlugin, type HttpAuthenticator, Secret } from "@vexil/core/plugin";
import test, { type ExecutionContext } from "ava";
import { createAuthenticator, recordingLogger, settingsIssues } from "../helpers/authenticator.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

const ORIGIN = "https://git.example.com";

async function start<S>(t: ExecutionContext, plugin: AuthPlugin<S>, settings: unknown) {
  const { logger, lines } = recordingLogger();
  const authenticator = (await createAuthenticator(plugin, settings, logger)) as HttpAuthenticator;
  t.teardown(() => authenticator.close());
  const credential = async (refresh = false): Promise<string | undefined> => {
    const headers = await authenticator.headers(ORIGIN, { refresh }, AbortSignal.timeout(5000));
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
  ["password and file", basic as AuthPlugin<never>, { username: "a", password: "b", password_file: "c" }, "only one"],
  ["a colon in the user", basic as AuthPlugin<never>, { username: "a:b", password: "c" }, "colons"],
  ["a line break in the user", basic as AuthPlugin<never>, { username: "a\nb", password: "c" }, "control characters"],
  ["no token", accessToken as AuthPlugin<never>, {}, "access token non-empty value is required"],
  ["an empty token", accessToken as AuthPlugin<never>, { access_token: "" }, "non-empty value is required"],
  ["token and file", accessToken as AuthPlugin<never>, { access_token: "a", access_token_file: "b" }, "only one"],
  ["an unknown key beside a token", accessToken as AuthPlugin<never>, { access_token: "a", user: "b" }, "user"],
];

for (const [name, plugin, settings, expected] of faults) {
  test(`${plugin.name} refuses ${name}`, async (t) => {
    const messages = (await settingsIssues(plugin, settings)).map((issue) => issue.message);
    t.is(messages.length, 1);
    t.true(messages[0]?.includes(expected), messages[0]);
  });
}
