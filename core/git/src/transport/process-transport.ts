import { spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Channel } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { StreamTransport } from "./stream-transport.js";
import type { Service } from "./transport.js";

/** Variables of this process's environment that a git process gets to see: nothing that could be a secret. */
const PASSED_ON = ["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME"];

/** `file://` URLs and plain paths, by the installed git's own services. */
export function processTransport(url: string): StreamTransport {
  const path = url.startsWith("file:") ? fileURLToPath(url) : resolve(url);
  return new StreamTransport((service, env, signal) => openProcess(path, service, env, signal));
}

async function openProcess(
  path: string,
  service: Service,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Channel> {
  await checkDirectory(path);
  const inherited = PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  const child = spawn("git", [service.slice("git-".length), path], {
    env: { ...Object.fromEntries(inherited), LC_ALL: "C", ...env },
    stdio: "pipe",
  });
  child.stdin.on("error", () => {});
  const exit = new Promise<number | undefined>((done) => {
    child.once("close", (code) => done(code ?? undefined));
  });
  await new Promise<void>((started, failed) => {
    child.once("spawn", started);
    child.once("error", (error) => failed(cannotStart(error)));
  });
  const close = (): void => {
    child.kill("SIGKILL");
  };
  signal.addEventListener("abort", close, { once: true });
  exit.then(
    () => signal.removeEventListener("abort", close),
    () => {},
  );
  return {
    stdin: Writable.toWeb(child.stdin),
    stdout: Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>,
    stderr: Readable.toWeb(child.stderr) as ReadableStream<Uint8Array>,
    exit,
    close,
  };
}

async function checkDirectory(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  const what = found === undefined ? "there is no such directory" : "it is no directory";
  throw new VexilError("VEXIL_REMOTE_NOT_FOUND", `the remote has no repository: ${what}`, {
    details: { step: "connect" },
  });
}

function cannotStart(error: NodeJS.ErrnoException): VexilError {
  return new VexilError(
    "VEXIL_REMOTE_GIT_MISSING",
    `file:// and path remotes need the git program: ${error.code === "ENOENT" ? "install git and put it on PATH" : error.message}`,
    { details: { step: "connect" }, cause: error },
  );
}
