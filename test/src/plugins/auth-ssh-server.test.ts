import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import ssh from "@vexil/auth-ssh";
import type { Channel, StreamAuthenticator, VexilError } from "@vexil/core/plugin";
import test, { type ExecutionContext } from "ava";
import { createAuthenticator, recordingLogger } from "../helpers/authenticator.js";
import { makeSshKey, type SshKey } from "../helpers/ssh-keys.js";
import { type SshServer, type SshServerOptions, startSshd } from "../helpers/sshd.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { temporaryRepository } from "../helpers/temporary-repository.js";

const soon = (): AbortSignal => AbortSignal.timeout(15_000);

interface Started {
  readonly server: SshServer;
  readonly key: SshKey;
  readonly knownHosts: string;
  readonly lines: readonly { readonly event: string }[];
  authenticator(settings?: Record<string, unknown>): Promise<StreamAuthenticator>;
}

async function start(
  t: ExecutionContext,
  options: Partial<SshServerOptions> & { readonly key?: SshKey } = {},
): Promise<Started> {
  const key = options.key ?? (await makeSshKey(t));
  const server = await startSshd(t, { authorized: [key.publicLine], ...options });
  const knownHosts = join(await temporaryDirectory(t), "known_hosts");
  await writeFile(knownHosts, server.knownHosts());
  const { logger, lines } = recordingLogger();
  return {
    server,
    key,
    knownHosts,
    lines,
    authenticator: async (settings = {}) => {
      const made = await createAuthenticator(
        ssh,
        { user: server.user, private_key_path: key.path, known_hosts_path: knownHosts, ...settings },
        logger,
      );
      t.teardown(() => made.close());
      return made as StreamAuthenticator;
    },
  };
}

/** What a service says until it is hung up on. */
async function talk(channel: Channel): Promise<{ readonly text: string; readonly exit: number | undefined }> {
  const writer = channel.stdin.getWriter();
  await writer.write(Buffer.from("0000"));
  await writer.close();
  let text = "";
  for await (const chunk of channel.stdout) text += Buffer.from(chunk).toString("latin1");
  return { text, exit: await channel.exit };
}

test("speaks version 2 to git over one kept connection", async (t) => {
  const { server, authenticator } = await start(t);
  const repository = await temporaryRepository(t);
  await repository.commit({ "a.txt": "a" });
  const made = await authenticator();
  for (let poll = 0; poll < 3; poll++) {
    const channel = await made.open(
      server.url(repository.path),
      "git-upload-pack",
      { GIT_PROTOCOL: "version=2" },
      soon(),
    );
    const { text, exit } = await talk(channel);
    t.true(text.includes("version 2"), text);
    t.is(exit, 0);
  }
  t.is(server.proxy.accepted(), 1);
  t.is(server.sessions().started, 3);
});

test("an unknown host key is refused", async (t) => {
  const { server, knownHosts, authenticator } = await start(t);
  await writeFile(knownHosts, "");
  const made = await authenticator();
  const error = (await t.throwsAsync(made.open(server.url("/x"), "git-upload-pack", {}, soon()))) as VexilError;
  t.is(error.code, "VEXIL_AUTH_HOST_KEY_UNKNOWN");
  t.true(error.message.includes(server.knownHosts().trim()), error.message);
  await writeFile(knownHosts, server.knownHosts());
  const channel = await made.open(server.url("/x"), "git-upload-pack", {}, soon());
  t.is((await talk(channel)).exit, 128);
});
