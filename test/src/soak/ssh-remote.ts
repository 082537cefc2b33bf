import type { Scope } from "../helpers/files/temporary-directory.js";
import { makeSshKey } from "../helpers/git-servers/ssh-keys.js";
import { HAS_SSHD, startSshd } from "../helpers/git-servers/sshd.js";
import { ServerHooks } from "./server-hooks.js";
import type { FaultName, TestedRemote } from "./tested-remote.js";

/** Nobody listens there. */
const CLOSED_PORT = 1;
/** About what a few commands send back. */
const SOMEWHERE_BYTES = 12_000;

/** OpenSSH's sshd behind a proxy that cuts and silences lines. */
export async function sshRemote(scope: Scope, repository: string): Promise<TestedRemote> {
  const key = await makeSshKey(scope);
  const config = ["SetEnv SHLVL=2"]; // bash below sshd reads the tester's own .bashrc otherwise, which may take long
  const server = await startSshd(scope, { authorized: [key.publicLine], ...(HAS_SSHD ? { config } : {}) });
  const hooks = new ServerHooks(repository);
  let current: FaultName | undefined;
  return {
    storage: { remote: server.url(repository), credentials: "git" },
    config: {
      credentials: {
        git: {
          type: "ssh",
          ssh: { user: server.user, private_key_bytes: key.text, known_hosts: server.knownHosts() },
        },
      },
    },
    fail: async (fault, where) => {
      current = fault;
      if (await hooks.fail(fault)) return;
      if (fault === "the connection is cut somewhere") server.proxy.cutAfter(1 + Math.floor(where * SOMEWHERE_BYTES));
      else if (fault === "the line goes silent") server.proxy.freeze();
      else {
        server.proxy.target(CLOSED_PORT);
        server.proxy.cut();
      }
    },
    heal: async () => {
      await hooks.heal(current);
      if (current === "the line goes silent") {
        server.proxy.thaw();
        server.proxy.cut();
      } else if (current === "no connection") server.proxy.target(server.directPort());
      else server.proxy.cutAfter(Number.POSITIVE_INFINITY);
      current = undefined;
    },
  };
}
