import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { linesOf, notifySocket, socketHolder } from "../helpers/daemon/service-manager.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startFaultServer } from "../helpers/git-servers/fault-server.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { missingPrograms, testUnless } from "../helpers/runner/skip-unless.js";

const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));
const run = promisify(execFile);

// A machine without systemd has nothing to test against; CI installs it.
const withUnits = testUnless(missingPrograms("systemd-analyze"));
const withNotify = testUnless(missingPrograms("systemd-notify", "perl"));
const withPerl = testUnless(missingPrograms("perl"));

async function vexil(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [VEXIL, ...args])) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

/** The daemon as a child, with a memory storage. */
async function start(t: ExecutionContext, env: NodeJS.ProcessEnv, yaml = "") {
  const directory = await temporaryDirectory(t);
  const file = join(directory, "vexil.yaml");
  await writeFile(file, `server: { http_port: 0, host: 127.0.0.1, workers: 1 }\n${yaml}`);
  const child = spawn(process.execPath, [VEXIL, "serve"], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.teardown(() => stop(child));
  return { child, directory, file, log: linesOf(child.stdout) };
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, "close");
    child.kill("SIGCONT");
    child.kill("SIGTERM");
    await closed;
  }
  return child.exitCode;
}

withUnits("the units pass systemd's own checks, for the versions before and after notify-reload", async (t) => {
  const directory = await temporaryDirectory(t);
  const written = await vexil("systemd", "install", "--dir", directory);
  t.regex(written.stdout, /vexil\.service written[\s\S]*systemctl daemon-reload[\s\S]*enable --now vexil\.service/);
  t.is((await vexil("systemd", "install", "socket", "--dir", directory)).code, 0);
  const service = join(directory, "vexil.service");
  const verify = await run("systemd-analyze", ["verify", service, join(directory, "vexil.socket")]);
  t.is(verify.stdout + verify.stderr, "");
  const security = await run("systemd-analyze", ["security", "--offline=yes", "--threshold=15", service]);
  t.regex(security.stdout, /Overall exposure level/);
  t.true((await readFile(service, "utf8")).includes(`ExecStart=${VEXIL} serve\n`));
  const old = (await vexil("systemd", "print", "--systemd-version", "252", "--exec", "/usr/bin/vexil")).stdout;
  t.regex(old, /^Type=notify\nExecReload=\/bin\/kill -HUP \$MAINPID$/m);
  t.regex(old, /^ExecStart=\/usr\/bin\/vexil serve$/m);
  const recent = (await vexil("systemd", "print", "--systemd-version", "253")).stdout;
  t.regex(recent, /^Type=notify-reload$/m);
  t.false(recent.includes("ExecReload"));
});

withUnits("a path with spaces and signs is written as systemd reads it", async (t) => {
  const directory = await temporaryDirectory(t);
  const program = join(directory, "my own 100% vexil");
  await writeFile(program, "#!/bin/sh\n", { mode: 0o755 });
  const written = await vexil("systemd", "install", "--dir", directory, "--exec", program);
  t.is(written.code, 0, written.stderr);
  const { stdout, stderr } = await run("systemd-analyze", ["verify", join(directory, "vexil.service")]);
  t.is(stdout + stderr, "");
});

test("installing a unit warns of programs that its hardening hides from it", async (t) => {
  const directory = await temporaryDirectory(t);
  const install = (program: string) => vexil("systemd", "install", "--force", "--dir", directory, "--exec", program);
  const hidden = await install("/home/ada/vexil/daemon/bin/vexil.js");
  t.is(hidden.code, 0);
  t.regex(hidden.stderr, /^Warning: the service cannot see \/home\/ada\/vexil\/daemon\/bin\/vexil\.js: .*\/opt/m);
  t.false((await install("/opt/vexil/daemon/bin/vexil.js")).stderr.includes("/opt/vexil/daemon"));
});

test("a unit that was changed by hand is kept, unless forced; one of another version is replaced", async (t) => {
  const directory = await temporaryDirectory(t);
  const file = join(directory, "vexil.service");
  await vexil("systemd", "install", "--dir", directory, "--systemd-version", "252");
  t.regex((await vexil("systemd", "install", "--dir", directory, "--systemd-version", "252")).stdout, /is up to date/);
  t.is((await vexil("systemd", "install", "--dir", directory, "--systemd-version", "253")).code, 0);
  const text = await readFile(file, "utf8");
  t.regex(text, /notify-reload/);
  await writeFile(file, text.replace("User=vexil", "User=flags"));
  const kept = await vexil("systemd", "install", "--dir", directory);
  t.is(kept.code, 1);
  t.is(kept.stderr, `Error: ${file} was changed by hand and is kept; --force replaces it\n`);
  t.regex(await readFile(file, "utf8"), /User=flags/);
  t.is((await vexil("systemd", "install", "--dir", directory, "--force")).code, 0);
  t.regex(await readFile(file, "utf8"), /User=vexil/);
});

withNotify(
  "the manager hears READY once, RELOADING and READY again even after a refused reload, and STOPPING",
  async (t) => {
    const directory = await temporaryDirectory(t);
    const socket = join(directory, "notify");
    const messages = await notifySocket(t, socket);
    const { child, file, log } = await start(t, { NOTIFY_SOCKET: socket });
    t.regex(await messages.until(/^READY=1/), /^READY=1 \| STATUS=default: [0-9a-f]{7,40}$/);
    const first = messages.all.length;
    child.kill("SIGHUP");
    const reloading = await messages.until(/^RELOADING=1/);
    const stamp = Number(/MONOTONIC_USEC=(\d+)$/.exec(reloading)?.[1]);
    const now = Number(process.hrtime.bigint() / 1000n);
    t.true(stamp > now - 60e6 && stamp <= now, "the time is CLOCK_MONOTONIC's");
    await messages.until(/^READY=1/, first);
    const second = messages.all.length;
    await writeFile(file, "server: { http_prot: 1 }\n");
    child.kill("SIGHUP");
    t.regex(
      await messages.until(/^READY=1/, second),
      /STATUS=new configuration refused: unknown key server\.http_prot.*; default: /,
    );
    t.regex(await log.until(/"config\.rejected"/), /"level":"error".*server\.http_prot/);
    child.kill("SIGTERM");
    await messages.until(/^STOPPING=1/);
    await once(child, "close");
    t.is(child.exitCode, 0);
    t.is(messages.all.filter((message) => message.startsWith("READY=1")).length, 3);
  },
);

withNotify(
  "READY comes only after the first try of a lenient storage, and the status names it as waiting",
  async (t) => {
    const name = `@vexil-test-${process.pid}`; // an abstract socket
    const messages = await notifySocket(t, name);
    const { child } = await start(
      t,
      { NOTIFY_SOCKET: name },
      "storage: { default: { remote: 'http://127.0.0.1:9/x.git', fetch_policy: lenient } }\n",
    );
    const ready = await messages.until(/^READY=1/);
    t.regex(
      ready,
      /^READY=1 \| STATUS=waiting for default; default: no state yet \(connect: VEXIL_CONNECTION_REFUSED\)/,
    );
    t.is(await stop(child), 0);
  },
);

withNotify("the watchdog is pinged while the event loop turns, and not while it is stopped", async (t) => {
  const directory = await temporaryDirectory(t);
  const socket = join(directory, "notify");
  const messages = await notifySocket(t, socket);
  const { child } = await start(t, { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "1500000" });
  await messages.until(/^READY=1/);
  const from = messages.all.length;
  await messages.until(/^WATCHDOG=1$/, from);
  await messages.until(/^WATCHDOG=1$/, messages.all.length);
  child.kill("SIGSTOP");
  await silentFor(t, messages.all, 1500);
  t.is(await stop(child), 0);
});

/** Sees what is on its way arrive, and then no ping for that long, twice. */
async function silentFor(t: ExecutionContext, messages: readonly string[], ms: number): Promise<void> {
  const pings = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return messages.filter((message) => message === "WATCHDOG=1").length;
  };
  let before = await pings();
  const last = await eventually(pings, (now) => {
    const isSilent = now === before;
    before = now;
    return isSilent;
  });
  t.is(await pings(), last);
}

/** A backend that holds the event loop while a file named `hold` lies beside it; `held` appears when it does. */
const HOLDING = `
  import { existsSync, writeFileSync } from "node:fs";
  import { defineBackend, z } from "@vexil/plugin-api";
  const beside = (name) => new URL(name, import.meta.url);
  export default defineBackend({
    name: "holding", schema: z.strictObject({}), capabilities: { durable: false, shared: false },
    async create() {
      const objects = new Map(), refs = new Map();
      return {
        objects: {
          read: async (oids) => new Map(oids.filter((oid) => objects.has(oid)).map((oid) => [oid, objects.get(oid)])),
          write: async (written) => { for (const object of written) objects.set(object.oid, object); },
        },
        refs: {
          async list(prefix) {
            while (existsSync(beside("hold"))) writeFileSync(beside("held"), "");
            return new Map([...refs].filter(([ref]) => ref.startsWith(prefix)));
          },
          async compareAndSwap(updates) {
            if (updates.some((update) => refs.get(update.ref) !== update.old)) return false;
            for (const update of updates) refs.set(update.ref, update.new);
            return true;
          },
        },
        async close() {},
      };
    },
  });`;

withNotify("a plugin that holds the event loop keeps the watchdog from being pinged, until it lets go", async (t) => {
  const plugins = await temporaryDirectory(t);
  await writeFile(join(plugins, "holding.mjs"), HOLDING);
  const socket = join(plugins, "notify");
  const messages = await notifySocket(t, socket);
  const backend = `{ type: ${join(plugins, "holding.mjs")} }`;
  const { child, log } = await start(
    t,
    { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "1500000" },
    `storage: { default: { backend: ${backend} } }\n`,
  );
  await messages.until(/^READY=1/);
  const url = JSON.parse(await log.until(/"daemon\.ready"/)).url as string;
  await writeFile(join(plugins, "hold"), "");
  const answer = fetch(`${url}/api/storages/default/sync`, { method: "POST" });
  answer.catch(() => undefined);
  await eventually(
    async () => existsSync(join(plugins, "held")),
    (held) => held,
  );
  await silentFor(t, messages.all, 1500);
  await rm(join(plugins, "hold"));
  await messages.until(/^WATCHDOG=1$/, messages.all.length);
  t.is(await stop(child), 0);
});

withNotify("a remote that hangs within its deadlines does not keep the watchdog from being pinged", async (t) => {
  const directory = await temporaryDirectory(t);
  const socket = join(directory, "notify");
  const messages = await notifySocket(t, socket);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const remote = await startFaultServer(t, repository.path);
  const { child, log } = await start(
    t,
    { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "900000" },
    `storage: { default: { remote: "${remote.url}", poll_interval: 1h, timeouts: { first_byte: 40s } } }\n`,
  );
  await messages.until(/^READY=1/);
  const url = JSON.parse(await log.until(/"daemon\.ready"/)).url as string;
  remote.requests.length = 0;
  await remote.fail({ type: "hang-head" });
  t.is((await fetch(`${url}/api/storages/default/sync`, { method: "POST" })).status, 202);
  await eventually(
    async () => remote.requests.length,
    (count) => count > 0,
  );
  for (let ping = 0; ping < 4; ping += 1) await messages.until(/^WATCHDOG=1$/, messages.all.length);
  t.false(
    log.all.some((line) => line.includes('"fetch.failed"')),
    "it hangs still",
  );
  t.is(await stop(child), 0);
});

withNotify("a watchdog that asks another process is not pinged", async (t) => {
  const directory = await temporaryDirectory(t);
  const socket = join(directory, "notify");
  const messages = await notifySocket(t, socket);
  const { child } = await start(t, { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "300000", WATCHDOG_PID: "1" });
  await messages.until(/^READY=1/);
  t.is(await stop(child), 0);
  await messages.until(/^STOPPING=1/);
  t.false(messages.all.includes("WATCHDOG=1"));
});

test("without systemd-notify the daemon serves, and says so once", async (t) => {
  const bin = join(await temporaryDirectory(t), "bin");
  await mkdir(bin);
  const { child, log } = await start(t, { NOTIFY_SOCKET: "/nowhere", WATCHDOG_USEC: "300000", PATH: bin });
  t.regex(await log.until(/"service\.unreachable"/), /systemd-notify is not installed/);
  await log.until(/"daemon\.ready"/);
  t.is(await stop(child), 0);
  t.is(log.all.filter((line) => line.includes("service.unreachable")).length, 1);
});

/** The daemon's configuration names another address than the one that it is handed. */
async function behindSocket(t: ExecutionContext, workers: number, host = "127.0.0.2") {
  const directory = await temporaryDirectory(t);
  await writeFile(
    join(directory, "vexil.yaml"),
    `server: { http_port: 1, host: ${host}, workers: ${workers} }\nlog: { file: log }\n`,
  );
  const log = join(directory, "log");
  await writeFile(log, "");
  await chmod(log, 0o600);
  const env = { PATH: process.env.PATH, HOME: directory };
  const holder = await socketHolder(t, [process.execPath, VEXIL, "serve"], { cwd: directory, env });
  return { holder, log, url: `http://127.0.0.1:${holder.port}` };
}

withPerl("a socket that the manager holds is served, and nothing else is listened on", async (t) => {
  const { holder, url, log } = await behindSocket(t, 1);
  const early = fetch(`${url}/health`); // waits in the socket's queue
  const pid = await holder.start();
  t.is((await early).status, 200);
  t.false((await readFile(log, "utf8")).includes("VEXIL_UNAVAILABLE_ADDRESS"), "port 1 was not tried");
  t.regex(await readFile(log, "utf8"), new RegExp(`"event":"http.listening".*"url":"${url}"`));
  process.kill(pid, "SIGTERM");
  t.is(await holder.lines.until(/^exit /), "exit 0");
});

for (const workers of [1, 2]) {
  withPerl(
    `restarts behind a held socket refuse and reset no connection, with ${workers} processes that answer`,
    async (t) => {
      const { holder, url, log } = await behindSocket(t, workers);
      let pid = await holder.start();
      await fetch(`${url}/health`);
      let running = true;
      let answered = 0;
      const failures: string[] = [];
      const client = async (connection: "close" | "keep-alive"): Promise<void> => {
        while (running) {
          try {
            const headers = { connection, "content-type": "application/json" };
            const response = await fetch(`${url}/evaluate/v1/batch`, {
              method: "POST",
              headers,
              body: '{"requests":[]}',
            });
            await response.arrayBuffer();
            if (response.status === 200) answered += 1;
            else failures.push(String(response.status));
          } catch (error) {
            failures.push(String((error as Error).cause ?? error));
          }
        }
      };
      // A connection of its own for each request, as new clients make them, and kept ones.
      const clients = [client("close"), client("close"), client("keep-alive"), client("keep-alive")];
      for (let restart = 0; restart < 3; restart += 1) {
        const from = holder.lines.all.length;
        process.kill(pid, "SIGTERM");
        t.is(await holder.lines.until(/^exit /, from), "exit 0");
        pid = await holder.start();
        const before = answered;
        while (answered < before + 20) await new Promise((resolve) => setImmediate(resolve));
      }
      running = false;
      await Promise.all(clients);
      t.regex(await readFile(log, "utf8"), new RegExp(`"event":"http.listening".*"url":"${url}"`));
      process.kill(pid, "SIGTERM");
      t.deepEqual(failures, []);
      t.true(answered > 60);
    },
  );
}

withPerl("a socket that is meant for another process is ignored", async (t) => {
  const { holder, log } = await behindSocket(t, 1, "127.0.0.1");
  const pid = await holder.start("foreign");
  const file = await followLog(log);
  // It goes for the configured address instead, which not everybody may have.
  const said = await file.until(/VEXIL_UNAVAILABLE_ADDRESS|"http\.listening"/);
  t.regex(said, /VEXIL_UNAVAILABLE_ADDRESS|127\.0\.0\.1:1"/);
  if (said.includes("http.listening")) process.kill(pid, "SIGTERM");
  await holder.lines.until(/^exit /);

  async function followLog(path: string) {
    const tail = spawn("tail", ["-n", "+1", "-F", path], { stdio: ["ignore", "pipe", "ignore"] });
    t.teardown(() => tail.kill());
    return linesOf(tail.stdout);
  }
});
