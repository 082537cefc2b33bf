import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import type { RunningSshServer, SshServerOptions } from "./ssh-server.js";

type Options = SshServerOptions & { readonly hostKeys: NonNullable<SshServerOptions["hostKeys"]> };

/** OpenSSH's sshd with a configuration of its own, apart from any that the system runs. */
export async function startOpenSsh(scope: Scope, sshd: string, options: Options): Promise<RunningSshServer> {
  const directory = await temporaryDirectory(scope);
  const keys = await Promise.all(
    options.hostKeys.map(async (key, index) => {
      const path = join(directory, `host_key_${index}`);
      await writeFile(path, key.text, { mode: 0o600 });
      return path;
    }),
  );
  const authorized = join(directory, "authorized_keys");
  await writeFile(authorized, options.authorized.map((line) => `${line}\n`).join(""));
  await chmod(directory, 0o755);
  // Only root's sshd needs the directory for its privilege separation, which Debian makes at boot.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  // sshd cannot be told to take any free port: find one, and another when it was lost meanwhile.
  for (let attempt = 1; ; attempt++) {
    const server = await tryStart(scope, sshd, directory, keys, authorized, options);
    if (server !== undefined) return server;
    if (attempt === 5) throw new Error("sshd found no free port");
  }
}

async function tryStart(
  scope: Scope,
  sshd: string,
  directory: string,
  keys: readonly string[],
  authorized: string,
  options: Options,
): Promise<RunningSshServer | undefined> {
  const port = await freePort();
  const config = join(directory, "sshd_config");
  const lines = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...keys.map((path) => `HostKey ${path}`),
    `AuthorizedKeysFile ${authorized}`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    "MaxStartups 200",
    "LogLevel VERBOSE",
    ...(options.config ?? []),
    ...(options.acceptEnv === false ? [] : ["AcceptEnv GIT_PROTOCOL"]),
    ...(options.maxSessions === undefined ? [] : [`MaxSessions ${options.maxSessions}`]),
  ];
  await writeFile(config, `${lines.join("\n")}\n`);
  const child = spawn(sshd, ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL"); // processes of connections live on, as in a restart by systemd
    await exited;
  };
  scope.teardown(stop);
  let running = 0;
  let started = 0;
  let most = 0;
  let log = "";
  let rest = "";
  const listening = new Promise<boolean>((resolve) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      rest += text;
      const complete = rest.split("\n");
      rest = complete.pop() ?? "";
      for (const line of complete) {
        if (line.startsWith("Server listening")) resolve(true);
        if (line.startsWith("Starting session")) {
          started += 1;
          running += 1;
          most = Math.max(most, running);
        }
        if (line.startsWith("Close session")) running -= 1;
      }
    });
    child.once("exit", () => resolve(false));
  });
  if (await listening) return { port, sessions: () => ({ started, most }), stop };
  if (log.includes("Address already in use")) return undefined;
  throw new Error(`sshd did not start: ${log}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
