import { type ChildProcess, spawn } from "node:child_process";

/** A program as it is started. */
export interface Program {
  readonly command: readonly string[];
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The beginning of what it wrote to its standard error. */
  readonly stderr: string;
}

const STDERR_BYTES = 4_096;
/** Time for the rest that is in the pipe when the program has ended. */
const REST_MS = 500;

/** A program that leads a process group of its own, so that it is ended with all that it has started. */
export class ProcessGroup {
  /** Rejects where it cannot be started; no process of the group is left when it settles. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #isOver = false;

  constructor({ command, directory, env }: Program, input: string) {
    const [program = "", ...parts] = command;
    this.#child = spawn(program, parts, {
      cwd: directory,
      env,
      shell: false,
      detached: true,
      stdio: ["pipe", "ignore", "pipe"],
    });
    this.ended = this.#watch();
    // A program may end without having read it.
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stdin?.end(input);
  }

  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#isOver) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody is left of it.
    }
  }

  #watch(): Promise<Ending> {
    const child = this.#child;
    const heard: Buffer[] = [];
    let bytes = 0;
    child.stderr?.on("data", (piece: Buffer) => {
      if (bytes < STDERR_BYTES) heard.push(piece.subarray(0, STDERR_BYTES - bytes));
      bytes += piece.length;
    });
    child.stderr?.on("error", () => undefined);
    return new Promise((resolve, reject) => {
      child.once("error", (error) => {
        if (child.pid === undefined) reject(error);
      });
      child.once("exit", (code, signal) => {
        this.kill("SIGKILL");
        this.#isOver = true;
        const finish = (): void => {
          clearTimeout(late);
          child.stdin?.destroy();
          child.stderr?.destroy();
          resolve({ code, signal, stderr: Buffer.concat(heard).toString("utf8") });
        };
        // Whoever left the group may hold the pipe open.
        const late = setTimeout(finish, REST_MS);
        child.once("close", finish);
      });
    });
  }
}
