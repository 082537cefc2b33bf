import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { noteAddress, notedAddress, removeAddress } from "../address-note.js";
import { run } from "../run.js";
import { claimDirectory } from "./claim-directory.js";
import { makeExampleRepository } from "./make-example.js";
import { resetExample } from "./reset-example.js";
import { whatToTry } from "./what-to-try.js";

export interface QuickstartOptions {
  /** Where the example lives, relative to the working directory. */
  readonly directory: string;
  readonly port: number;
  /** Begin anew, without what an earlier start left. */
  readonly reset: boolean;
}

/** Makes the example, serves it, and says what to try. Returns the exit code. */
export async function quickstart(options: QuickstartOptions): Promise<number> {
  const { port } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    process.stderr.write("--port takes a number from 1 to 65535\n");
    return 1;
  }
  if (!hasGit()) {
    process.stderr.write(
      "The quickstart needs the git program: install it (Debian: apt install git), then start again\n",
    );
    return 1;
  }
  const directory = resolve(options.directory);
  const other = `"npm start -- --port ${port + 10}`;
  // Before the port: of a second start here the reason is that the first one goes on.
  if (!(await claimDirectory(directory))) {
    const url = await notedAddress(directory);
    const where = url === undefined ? "" : `, at ${url}`;
    process.stderr.write(
      `The example in ${directory} runs already${where}: stop it, or begin one in another folder with ${other} --dir DIR"\n`,
    );
    return 1;
  }
  if (!(await isFree(port))) {
    process.stderr.write(`Port ${port} is in use: choose another one with ${other}"\n`);
    return 1;
  }
  if (options.reset) await resetExample(directory);
  const remote = await makeExampleRepository(directory);
  const log = join(directory, "vexil.log");
  const file = join(directory, "vexil.yaml");
  await writeFile(file, configuration({ remote, store: join(directory, "store"), log }));
  const code = await run({
    file,
    // Not in the file: a reload, or a later start on another port, finds what it was started with.
    env: { ...process.env, VEXIL_SERVER_HTTP_PORT: String(port) },
    cwd: process.cwd(),
    onFailed: (reason) => process.stderr.write(`Vexil did not start: ${reason}\n(its log: ${log})\n`),
    onReady: (daemon) => {
      const url = daemon.url ?? `http://127.0.0.1:${port}`;
      noteAddress(directory, url);
      const isClone = process.env.npm_lifecycle_event !== undefined;
      process.stdout.write(whatToTry({ url, directory, remote, log, isClone }));
    },
  });
  removeAddress(directory);
  return code;
}

function hasGit(): boolean {
  try {
    execFileSync("git", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const probe = createServer();
    probe.once("error", () => settle(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => settle(true)));
  });
}

function configuration(at: { remote: string; store: string; log: string }): string {
  return `# Made by the quickstart: a remote on disk, polled every 2 seconds, and a local copy that survives restarts.
version: "2.0"
storage:
  default:
    remote: ${JSON.stringify(at.remote)}
    branch: main
    poll_interval: 2s
    backend:
      type: local
      path: ${JSON.stringify(at.store)}
server:
  host: 127.0.0.1
log:
  encoding: json
  file: ${JSON.stringify(at.log)}
`;
}
