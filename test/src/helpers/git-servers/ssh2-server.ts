import { spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import ssh2, { type Connection, type Session } from "ssh2";
import type { Scope } from "../files/temporary-directory.js";
import { GIT_ENV } from "../repositories/native-git.js";
import type { RunningSshServer, SshServerOptions } from "./ssh-server.js";

type Options = SshServerOptions & { readonly hostKeys: NonNullable<SshServerOptions["hostKeys"]> };

/** ssh2's own server: what the tests fall back to where OpenSSH's is not installed. */
export async function startSsh2Server(scope: Scope, options: Options): Promise<RunningSshServer> {
  const authorized = options.authorized.map((line) => Buffer.from(line.split(" ")[1] ?? "", "base64"));
  const connections = new Set<Connection>();
  const count = { running: 0, started: 0, most: 0 };
  const server = new ssh2.Server({ hostKeys: options.hostKeys.map((key) => key.text) }, (connection) => {
    connections.add(connection);
    let sessions = 0;
    connection.on("error", () => {});
    connection.on("close", () => connections.delete(connection));
    connection.on("authentication", (context) => {
      if (context.method !== "publickey" || !authorized.some((key) => key.equals(context.key.data))) {
        context.reject(["publickey"]);
        return;
      }
      const key = ssh2.utils.parseKey(
        `${context.key.algo.replace(/^rsa-sha2-\d+$/, "ssh-rsa")} ${context.key.data.toString("base64")}`,
      );
      if (key instanceof Error) return context.reject(["publickey"]);
      const { blob, signature } = context;
      if (blob === undefined || signature === undefined || key.verify(blob, signature, context.hashAlgo))
        context.accept();
      else context.reject(["publickey"]);
    });
    connection.on("session", (accept, reject) => {
      if (sessions >= (options.maxSessions ?? 10)) {
        reject();
        return;
      }
      sessions += 1;
      const session = accept();
      session.on("close", () => {
        sessions -= 1;
      });
      serve(session, options.acceptEnv !== false, count);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const connection of connections) connection.end();
    });
  scope.teardown(stop);
  return {
    port: (server.address() as AddressInfo).port,
    sessions: () => ({ started: count.started, most: count.most }),
    stop,
  };
}

function serve(session: Session, acceptEnv: boolean, count: { running: number; started: number; most: number }): void {
  const env: Record<string, string> = { ...GIT_ENV };
  session.on("env", (accept, reject, info) => {
    if (acceptEnv && info.key === "GIT_PROTOCOL") {
      env[info.key] = info.val;
      accept?.();
    } else reject?.();
  });
  session.on("exec", (accept, _reject, info) => {
    const channel = accept();
    count.started += 1;
    count.running += 1;
    count.most = Math.max(count.most, count.running);
    const child = spawn("/bin/sh", ["-c", info.command], { env });
    channel.pipe(child.stdin).on("error", () => {});
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    channel.on("close", () => child.kill());
    child.on("close", (code) => {
      count.running -= 1;
      channel.exit(code ?? 1);
      channel.end();
    });
  });
}
