import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import type { Certificate } from "../network/certificate.js";
import { freePort } from "../network/free-port.js";

const run = promisify(execFile);
const PASSWORD = "canary-redis-4711";
const START_MS = 60_000;

/** A real Redis on 127.0.0.1 that keeps nothing on disk, unless asked: killed, it has forgotten everything. */
export interface RedisServer {
  readonly port: number;
  readonly password: string;
  /** Answer to a command. */
  command(...words: readonly string[]): Promise<string>;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Stops it where it is: nothing answers, nothing is closed. */
  freeze(): void;
  thaw(): void;
}

export interface RedisServerOptions {
  readonly tls?: Certificate;
  /** One node that has all slots. */
  readonly cluster?: boolean;
  /** Keeps each write before it is acknowledged. */
  readonly durable?: boolean;
  /** Further lines of its configuration. */
  readonly settings?: readonly string[];
}

/** Starts Debian's Redis. */
export async function redisServer(
  scope: Scope,
  { tls, cluster = false, durable = false, settings: further = [] }: RedisServerOptions = {},
): Promise<RedisServer> {
  const directory = await temporaryDirectory(scope);
  const port = await freePort();
  if (tls !== undefined) {
    await writeFile(join(directory, "key.pem"), tls.key);
    await writeFile(join(directory, "cert.pem"), tls.cert);
  }
  const settings = [
    "bind 127.0.0.1",
    `dir ${directory}`,
    'save ""',
    ...(durable ? ["appendonly yes", "appendfsync always"] : ["appendonly no"]),
    `requirepass ${PASSWORD}`,
    ...(tls === undefined
      ? [`port ${port}`]
      : [
          ...["port 0", `tls-port ${port}`, "tls-cert-file cert.pem", "tls-key-file key.pem"],
          ...[`tls-ca-cert-file ${tls.caPath}`, "tls-auth-clients no"],
        ]),
    // The nodes of a cluster speak with each other by a port of their own.
    ...(cluster ? ["cluster-enabled yes", `cluster-port ${await freePort()}`] : []),
    ...further,
  ];
  const file = join(directory, "redis.conf");
  await writeFile(file, settings.join("\n"));
  let child: ChildProcess | undefined;
  const server: RedisServer = {
    port,
    password: PASSWORD,
    command: async (...words) => {
      const encryption = tls === undefined ? [] : ["--tls", "--cacert", tls.caPath];
      const options = { env: { ...process.env, REDISCLI_AUTH: PASSWORD }, timeout: START_MS };
      const { stdout } = await run("redis-cli", ["-p", String(port), ...encryption, ...words], options);
      return stdout.trim();
    },
    start: async () => {
      child = spawn("redis-server", [file], { cwd: directory, stdio: "ignore" });
      const deadline = performance.now() + START_MS;
      while ((await server.command("PING").catch(() => "")) !== "PONG") {
        if (performance.now() > deadline) throw new Error("Redis did not start");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      if (cluster) await server.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    },
    kill: async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
  };
  scope.teardown(() => server.kill());
  await server.start();
  return server;
}
