import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scope } from "../helpers/files/temporary-directory.js";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  /** Sends a message and waits for the next one. */
  ask<T>(message: object): Promise<T>;
  readonly pid: number;
  stop(): void;
}

export async function startServer(scope: Scope, script: string, ...args: readonly number[]): Promise<ServerProcess> {
  const path = fileURLToPath(new URL(`./servers/${script}.js`, import.meta.url));
  const child = fork(path, args.map(String), { execArgv: ["--expose-gc"] });
  scope.teardown(() => child.kill());
  const ended = new Promise<never>((_resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${script} ended with ${code}`)));
  });
  ended.catch(() => {});
  const next = <T>(): Promise<T> =>
    Promise.race([new Promise<T>((resolve) => child.once("message", (message) => resolve(message as T))), ended]);
  const { url } = await next<{ url: string }>();
  return {
    url,
    pid: child.pid ?? 0,
    stop: () => void child.kill("SIGKILL"),
    ask: (message) => {
      const answer = next<never>();
      child.send(message);
      return answer;
    },
  };
}
