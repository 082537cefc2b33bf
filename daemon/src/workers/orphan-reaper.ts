import { type ChildProcess, spawn } from "node:child_process";

/** One that is killed itself is replaced, but not over and over. */
const RESTART_DELAY_MS = 1_000;

/** Each line names all processes; the end of the input means that the process which wrote it is gone. */
const SCRIPT = `trap '' HUP INT TERM
while read -r line; do pids=$line; done
[ -z "$pids" ] || kill -KILL $pids`;

/**
 * Ends processes whose parent was killed: a shell that waits for the end of this process. They would notice by
 * themselves, but only when they have nothing else to do, and until then they hold the port and answer from an old state.
 */
export class OrphanReaper {
  #shell: ChildProcess | undefined;
  #pids: readonly number[] = [];
  #isClosed = false;

  /** Sets the processes that are not to outlive this one. */
  guard(processes: Iterable<{ readonly pid: number | undefined }>): void {
    this.#pids = [...processes].flatMap(({ pid }) => pid ?? []);
    this.#tell();
  }

  close(): void {
    this.#isClosed = true;
    this.#shell?.stdin?.end("\n");
  }

  #tell(): void {
    if (this.#isClosed) return;
    this.#shell ??= this.#start();
    this.#shell.stdin?.write(`${this.#pids.join(" ")}\n`);
  }

  #start(): ChildProcess {
    // Not its output: whoever reads the daemon's would wait for it.
    const shell = spawn("/bin/sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"], env: {} });
    // Where there is no shell, or it goes, they have to notice by themselves.
    shell.on("error", () => {});
    shell.stdin.on("error", () => {});
    shell.once("exit", () => {
      this.#shell = undefined;
      if (!this.#isClosed) setTimeout(() => this.#pids.length > 0 && this.#tell(), RESTART_DELAY_MS).unref();
    });
    shell.unref();
    return shell;
  }
}
