import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { eventually, type LogLine, runDaemon, startDaemon, VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { freePort } from "../helpers/network/free-port.js";
import { GIT_ENV } from "../helpers/repositories/native-git.js";

interface OnTerminal {
  readonly terminal: ChildProcess;
  /** The log so far. */
  readonly lines: () => readonly LogLine[];
  /** Waits for an event in the log; resolves to its line. */
  readonly event: (name: string) => Promise<LogLine>;
}

/** Runs a `vexil` command on a terminal of its own, which is closed when `script` is killed. */
function onTerminal(t: ExecutionContext, args: readonly string[], cwd: string, log: string): OnTerminal {
  const command = [process.execPath, VEXIL, ...args].map((part) => `'${part}'`).join(" ");
  const terminal = spawn("script", ["--quiet", "--flush", "--command", `exec ${command}`, "/dev/null"], {
    cwd,
    env: GIT_ENV,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const lines = (): readonly LogLine[] => {
    try {
      return readFileSync(log, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as LogLine);
    } catch {
      return [];
    }
  };
  const event = async (name: string): Promise<LogLine> =>
    (await eventually(
      async () => lines().find((line) => line.event === name),
      (line) => line !== undefined,
    )) as LogLine;
  t.teardown(() => {
    terminal.kill("SIGKILL");
    const pid = lines().find((line) => line.event === "daemon.starting")?.pid;
    try {
      if (typeof pid === "number") process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  });
  return { terminal, lines, event };
}

test("a serve on a terminal reloads at SIGHUP, and ends in order when the terminal is closed", async (t) => {
  const cwd = await temporaryDirectory(t);
  const log = join(cwd, "vexil.log");
  const config = { version: "2.0", server: { host: "127.0.0.1", http_port: 0, workers: 2 }, log: { file: log } };
  await writeFile(join(cwd, "vexil.json"), JSON.stringify(config));
  const { terminal, event } = onTerminal(t, ["serve", "--config", "vexil.json"], cwd, log);
  await event("daemon.ready");
  process.kill(Number((await event("daemon.starting")).pid), "SIGHUP");
  await event("config.reloaded");
  terminal.kill("SIGKILL");
  t.is((await event("daemon.stopped")).exit_code, 0);
});

test("a quickstart ends in order when its terminal is closed", async (t) => {
  const cwd = await temporaryDirectory(t);
  const log = join(cwd, ".vexil/vexil.log");
  const { terminal, event, lines } = onTerminal(t, ["quickstart", "--port", String(await freePort())], cwd, log);
  await event("daemon.ready");
  terminal.kill("SIGKILL");
  t.is((await event("daemon.stopped")).exit_code, 0);
  t.false(lines().some((line) => line.event === "config.reloaded"));
});

test("without a terminal SIGHUP reloads", async (t) => {
  const daemon = await startDaemon(t);
  daemon.child.kill("SIGHUP");
  await daemon.line(({ event }) => event === "config.reloaded");
  t.is(await daemon.stop(), 0);
});

test("a second quickstart in the same folder is refused in one line, and leaves log and configuration alone", async (t) => {
  const cwd = await temporaryDirectory(t);
  const start = async (port = 0) =>
    runDaemon(t, ["quickstart", "--port", String(port || (await freePort()))], { cwd, start: "any" });
  const port = await freePort();
  const first = await start(port);
  await first.line((line) => String(line.text ?? "").startsWith("Ctrl-C"));
  const text = (name: string): string => readFileSync(join(cwd, ".vexil", name), "utf8");
  const config = text("vexil.yaml");
  // On the same port, too, the reason is that the first one goes on.
  for (const second of [await start(), await start(port)]) {
    t.is(await second.exited, 1);
    t.regex(second.stderr(), /^The example in \S+\/\.vexil runs already, at \S+: stop it, or begin one .* --dir.*\n$/);
    t.true(second.stderr().includes(` at http://127.0.0.1:${port}:`));
  }
  t.is(text("vexil.yaml"), config);
  const starts = text("vexil.log")
    .split("\n")
    .filter((line) => line.includes('"daemon.starting"') || line.includes('"daemon.failed"'));
  t.is(starts.length, 1);
  t.is(await first.stop("SIGKILL"), "SIGKILL");
  // A killed one leaves nothing in the way.
  const third = await start();
  await third.line((line) => String(line.text ?? "").startsWith("Ctrl-C"));
  t.is(await third.stop("SIGINT"), 0);
});
