import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type RunningDaemon, startDaemon } from "../../helpers/daemon/daemon.js";
import { memoryOf } from "../../helpers/daemon/process-memory.js";
import type { Scope } from "../../helpers/files/temporary-directory.js";
import { freePort } from "../../helpers/network/free-port.js";

export type MemberName = "a" | "b" | "near" | "kept" | "far" | "witness";

/** A member is started again and again: its database may be away for some seconds. */
const STARTS = 60;
const BETWEEN_STARTS_MS = 500;
const LIFETIME_MS = 48 * 3_600_000;

/** A daemon of a fleet: always at the same port, killed now and then, and started again as systemd would. */
export class FleetMember {
  readonly name: MemberName;
  readonly url: string;
  /** Which of its processes listens; undefined while none does that shall. */
  generation: number | undefined;
  /** Ends that nobody asked for, in words. */
  readonly deaths: string[] = [];
  readonly #start: () => Promise<RunningDaemon>;
  #started = 0;
  #running: RunningDaemon | undefined;
  #replacing: Promise<void> | undefined;
  #isEnding = false;

  private constructor(name: MemberName, port: number, start: () => Promise<RunningDaemon>) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    this.#start = start;
  }

  static async open(scope: Scope, name: MemberName, config: Readonly<Record<string, unknown>>): Promise<FleetMember> {
    const port = await freePort();
    const server = { ...(config.server as object | undefined), http_port: port };
    const start = (): Promise<RunningDaemon> =>
      startDaemon(scope, {
        config: { ...config, server, log: { level: "warn" } },
        start: "any",
        lifetimeMs: LIFETIME_MS,
      });
    const member = new FleetMember(name, port, start);
    scope.teardown(() => {
      member.#isEnding = true;
    });
    await member.#begin();
    return member;
  }

  /** Ends its process and starts another in its place; whoever does so meanwhile waits for the same one. */
  async replace(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#replacing ??= this.#replace(signal).finally(() => {
      this.#replacing = undefined;
    });
    await this.#replacing;
  }

  /** Process ids of its workers. */
  async workers(): Promise<readonly number[]> {
    const pid = this.#running?.child.pid ?? 0;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
    const found = await Promise.all(
      children.split(" ").map(async (child) => {
        const command = await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "");
        return command.includes("/worker.js") ? [Number(child)] : [];
      }),
    );
    return found.flat();
  }

  /** Megabytes of its main process: now, and at most. */
  memory(): { readonly now: number; readonly peak: number } {
    return memoryOf(this.#running?.child.pid ?? 0);
  }

  async #replace(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.generation = undefined;
    await this.#running?.stop(signal);
    await this.#begin();
  }

  async #begin(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const daemon = await this.#start();
      this.#running = daemon;
      if (await this.#answers(daemon)) {
        this.#started += 1;
        const generation = this.#started;
        this.generation = generation;
        void daemon.exited.then((code) => {
          if (!this.#isEnding && this.generation === generation)
            this.deaths.push(`${this.name} ended by itself: ${code}\n${daemon.stderr()}`);
        });
        return;
      }
      // Without its database a daemon does not start, and says so by its exit code.
      const code = await daemon.exited;
      if (attempt === STARTS || code !== 1) throw new Error(`${this.name} does not start: ${code}\n${daemon.stderr()}`);
      await delay(BETWEEN_STARTS_MS);
    }
  }

  /** True once it listens, false once it has ended. */
  async #answers({ child }: RunningDaemon): Promise<boolean> {
    while (child.exitCode === null && child.signalCode === null) {
      const isThere = await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(10_000) }).then(
        () => true,
        () => false,
      );
      if (isThere) return true;
      await delay(50);
    }
    return false;
  }
}
