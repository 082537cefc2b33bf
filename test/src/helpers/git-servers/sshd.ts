import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import type { Scope } from "../files/temporary-directory.js";
import { startTcpProxy, type TcpProxy } from "../network/tcp-proxy.js";
import { startOpenSsh } from "./openssh-server.js";
import { makeSshKey, type SshKey } from "./ssh-keys.js";
import type { RunningSshServer, SshServerOptions } from "./ssh-server.js";
import { startSsh2Server } from "./ssh2-server.js";

export interface SshServer {
  readonly user: string;
  /** Host keys it shows now. */
  readonly hostKeys: readonly SshKey[];
  /** All connections pass it; `port` is where clients go. */
  readonly proxy: TcpProxy;
  readonly port: number;
  /** Past the proxy, for measuring. */
  readonly directPort: () => number;
  sessions(): { readonly started: number; readonly most: number };
  url(path: string): string;
  /** Lines of known_hosts for the keys it shows. */
  knownHosts(keys?: readonly SshKey[]): string;
  /** Stops it, with its connections. */
  stop(): Promise<void>;
  /** Starts it again, changed or as it was; clients find it where it was. */
  restart(changes?: Partial<SshServerOptions>): Promise<void>;
}

const SSHD = "/usr/sbin/sshd";

/** True if the tests run against OpenSSH's server; else, or by VEXIL_TEST_SSH=ssh2, they run against that of ssh2. */
export const HAS_SSHD: boolean = existsSync(SSHD) && process.env.VEXIL_TEST_SSH !== "ssh2";

if (!HAS_SSHD) console.log(`# no ${SSHD}: ssh is tested against ssh2's own server`);

/** OpenSSH's sshd where there is one, else ssh2's own server, behind a proxy. */
export async function startSshd(scope: Scope, options: SshServerOptions): Promise<SshServer> {
  const user = userInfo().username;
  let current = { ...options, hostKeys: options.hostKeys ?? [await makeSshKey(scope)] };
  const start = (): Promise<RunningSshServer> =>
    HAS_SSHD ? startOpenSsh(scope, SSHD, current) : startSsh2Server(scope, current);
  let server = await start();
  const proxy = await startTcpProxy(scope, server.port);
  const stop = async (): Promise<void> => {
    await server.stop();
    proxy.cut();
  };
  return {
    user,
    get hostKeys() {
      return current.hostKeys;
    },
    proxy,
    port: proxy.port,
    directPort: () => server.port,
    sessions: () => server.sessions(),
    url: (path) => `ssh://${user}@127.0.0.1:${proxy.port}${encodeURI(path)}`,
    knownHosts: (keys = current.hostKeys) =>
      keys.map((key) => `[127.0.0.1]:${proxy.port} ${key.publicLine}\n`).join(""),
    stop,
    restart: async (changes = {}) => {
      await stop();
      current = { ...current, ...changes };
      server = await start();
      proxy.target(server.port);
    },
  };
}
