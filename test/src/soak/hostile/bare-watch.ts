import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type HealthReport, HealthWatch } from "./health-watch.js";

/**
 * Probes a server that does nothing, beside the daemon: on a machine that is busy with something else it is silent as
 * well, and the daemon cannot be held to less.
 */
export class BareWatch {
  readonly #server: ChildProcess;
  readonly #watch: HealthWatch;

  private constructor(server: ChildProcess, watch: HealthWatch) {
    this.#server = server;
    this.#watch = watch;
  }

  static async start(): Promise<BareWatch> {
    const server = fork(fileURLToPath(new URL("./bare-server.js", import.meta.url)), { stdio: "ignore" });
    const [url] = await once(server, "message");
    return new BareWatch(server, new HealthWatch({ url: String(url), pid: server.pid ?? 0 }));
  }

  async stop(): Promise<HealthReport> {
    const report = await this.#watch.stop();
    this.#server.kill("SIGKILL");
    return report;
  }
}
