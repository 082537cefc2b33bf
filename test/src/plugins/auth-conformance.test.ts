import accessToken from "@vexil/auth-access-token";
import basic from "@vexil/auth-basic";
import ssh from "@vexil/auth-ssh";
import { type AuthPlugin, defineAuth, Secret } from "@vexil/plugin-api";
import { authConformance } from "@vexil/plugin-api/testing";
import test from "ava";
import { makeSshKey } from "../helpers/git-servers/ssh-keys.js";
import { startSshd } from "../helpers/git-servers/sshd.js";
import { holdsCase } from "../helpers/plugins/conformance-case.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const undo: (() => unknown)[] = [];
const scope = { teardown: (one: () => unknown): void => void undo.push(one) };
let remote = "";
let sshSettings: Readonly<Record<string, unknown>> = {};

test.before("start a server", async () => {
  const key = await makeSshKey(scope, { passphrase: "canary passphrase" });
  const server = await startSshd(scope, { authorized: [key.publicLine] });
  const repository = await temporaryRepository(scope, { files: EXAMPLE_FILES });
  remote = server.url(repository.path);
  sshSettings = {
    user: server.user,
    password: "canary passphrase",
    private_key_bytes: key.text,
    known_hosts: server.knownHosts(),
  };
});

test.after.always("stop it", async () => {
  for (const one of undo.reverse()) await one();
});

const runs = [
  ["basic", authConformance(basic, { username: "ada", password: "canary password" })],
  ["access-token", authConformance(accessToken, { access_token: new Secret("canary token") })],
  ["ssh", authConformance(ssh, () => sshSettings, { remote: () => remote })],
] as const;

for (const [name, cases] of runs) {
  for (const one of cases) test.serial(`${name} ${one.title}`, (t) => holdsCase(t, one));
}

/** A plugin with faults, each of which a case must find. */
function faulty(changes: Partial<AuthPlugin>): readonly { readonly title: string; run(): Promise<string> }[] {
  const plugin = defineAuth({ ...accessToken, ...changes });
  return authConformance(plugin as AuthPlugin, { access_token: "canary token" });
}

const faults: readonly [string, Partial<AuthPlugin>][] = [
  [
    "shows no secret in logs and errors",
    {
      create: async (settings, context) => {
        context.logger.log("debug", "token.read", "read", {
          token: (settings as { access_token: Secret }).access_token.reveal(),
        });
        return accessToken.create(settings as never, context);
      },
    },
  ],
  [
    "closes twice, and at the same time, also unused",
    {
      create: async (settings, context) => {
        const made = await accessToken.create(settings as never, context);
        let closed = false;
        const close = async (): Promise<void> => {
          if (closed) throw new Error("it is closed");
          closed = true;
        };
        return Object.assign(Object.create(made), { close });
      },
    },
  ],
  [
    "brings headers that an HTTP client can send",
    {
      create: async () => ({ type: "http", headers: async () => ({ authorization: "a\nb" }), close: async () => {} }),
    },
  ],
  [
    "refuses an unknown settings key and names it",
    {
      schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
    },
  ],
];

for (const [title, changes] of faults) {
  test(`finds a plugin that fails: ${title}`, async (t) => {
    const failed: string[] = [];
    for (const one of faulty(changes)) await one.run().catch(() => failed.push(one.title));
    t.true(failed.includes(title), failed.join("; "));
  });
}
