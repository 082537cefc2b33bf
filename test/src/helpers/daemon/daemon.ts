import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { GIT_ENV } from "../repositories/native-git.js";

export const VEXIL = fileURLToPath(new URL("../../../../daemon/bin/vexil.js", import.meta.url));
/** On a crowded machine ten daemons that start at once take more than a minute. */
const DEADLINE_MS = 120_000;
/** No test needs its daemon for longer; one that waits for its end in vain would keep a place of the run for ever. */
const LIFETIME_MS = 6 * 60_000;

/** One line of the daemon's log. */
export interface LogLine {
  readonly event: string;
  readonly level: string;
  readonly [key: string]: unknown;
}

/** The built daemon as a child process. */
export interface RunningDaemon {
  readonly child: ChildProcess;
  /** `http://127.0.0.1:<port>`; empty if it never got ready. */
  readonly url: string;
  readonly lines: readonly LogLine[];
  readonly stderr: () => string;
  /** Waits for a line, one already there included; rejects after a deadline with what was logged. */
  line(wanted: (line: LogLine) => boolean, deadlineMs?: number): Promise<LogLine>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<number | NodeJS.Signals>;
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  get(path: string, headers?: Record<string, string>): Promise<{ readonly status: number; readonly body: Json }>;
  post(
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<{ readonly status: number; readonly body: Json }>;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ readonly status: number; readonly body: Json }>;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into, and asserted on, member by member
export type Json = any;

export interface DaemonOptions {
  /** Configuration as JSON; `server` gets host 127.0.0.1 and a free port unless it says otherwise. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Program to run instead of the built daemon. */
  readonly program?: readonly [string, ...string[]];
  /** Do not wait until it is ready. */
  readonly start?: "ready" | "any";
  /** After that it is killed, in place of a time that is enough for any test. */
  readonly lifetimeMs?: number;
}

/** Runs `vexil serve` with a configuration. */
export async function startDaemon(scope: Scope, options: DaemonOptions = {}): Promise<RunningDaemon> {
  const directory = options.cwd ?? (await temporaryDirectory(scope));
  const config = {
    version: "2.0",
    ...options.config,
    server: { host: "127.0.0.1", http_port: 0, workers: 1, ...(options.config?.server as object | undefined) },
    log: { encoding: "json", level: "debug", ...(options.config?.log as object | undefined) },
  };
  const file = join(directory, "vexil.json");
  await writeFile(file, JSON.stringify(config));
  return runDaemon(scope, ["serve", "--config", file], { ...options, cwd: directory });
}

/** Runs any `vexil` command that logs JSON lines. */
export async function runDaemon(
  scope: Scope,
  args: readonly string[],
  options: DaemonOptions = {},
): Promise<RunningDaemon> {
  const [program, ...before] = options.program ?? [process.execPath, VEXIL];
  const child = spawn(program, [...before, ...args], {
    cwd: options.cwd,
    env: { ...GIT_ENV, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: LogLine[] = [];
  const watchers = new Set<() => void>();
  let stderr = "";
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      try {
        lines.push(JSON.parse(part) as LogLine);
      } catch {
        lines.push({ event: "text", level: "info", text: part });
      }
    }
    for (const watcher of watchers) watcher();
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const lifetime = setTimeout(() => child.kill("SIGKILL"), options.lifetimeMs ?? LIFETIME_MS);
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(lifetime);
      resolve(code ?? signal ?? "SIGKILL");
      for (const watcher of watchers) watcher();
    });
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | NodeJS.Signals> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
    const code = await exited;
    clearTimeout(timer);
    return code;
  };
  scope.teardown(() => stop("SIGKILL"));

  const line = (wanted: (line: LogLine) => boolean, deadlineMs = DEADLINE_MS): Promise<LogLine> =>
    new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        watchers.delete(look);
      };
      const look = (): void => {
        const found = lines.find(wanted);
        if (found !== undefined) {
          finish();
          resolve(found);
        } else if (child.exitCode !== null || child.signalCode !== null) {
          finish();
          reject(new Error(`the daemon ended before the line came\n${tail(lines)}\n${stderr}`));
        }
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`the line did not come within ${deadlineMs} ms\n${tail(lines)}\n${stderr}`));
      }, deadlineMs);
      watchers.add(look);
      look();
    });

  let url = "";
  if (options.start !== "any") {
    url = String((await line(({ event }) => event === "daemon.ready")).url);
  }
  const call: RunningDaemon["call"] = async (method, path, body, headers = {}) => {
    const target = url === "" ? String((await line(({ event }) => event === "daemon.ready")).url) : url;
    const response = await fetch(`${target}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  };
  return {
    child,
    url,
    lines,
    stderr: () => stderr,
    line,
    exited,
    stop,
    call,
    get: (path, headers) => call("GET", path, undefined, headers),
    post: (path, body, headers) => call("POST", path, body, headers),
  };
}

/** Asks until the answer is as wanted. Rejects with the last one after a deadline. */
export async function eventually<T>(
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms; the last answer was ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function tail(lines: readonly LogLine[]): string {
  return lines
    .slice(-15)
    .map((line) => JSON.stringify(line))
    .join("\n");
}
