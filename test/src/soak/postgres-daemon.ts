import { eventually, type LogLine, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import type { AskedDaemon } from "./tested-daemon.js";

/** A daemon of a schedule on a shared database; always a process of its own. */
export interface PostgresDaemon extends AskedDaemon {
  /** Ends it and starts another in its place; while there is no database, again and again. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Of all processes that were in this place. */
  readonly lines: () => readonly LogLine[];
  /** When it last polled the remote (epoch milliseconds). */
  readonly polledAt: () => number;
}

const STARTS = 20;

export async function startPostgresDaemon(
  scope: Scope,
  config: Readonly<Record<string, unknown>>,
): Promise<PostgresDaemon> {
  const all: RunningDaemon[] = [];
  const start = async (): Promise<RunningDaemon> => {
    for (let attempt = 1; ; attempt += 1) {
      const daemon = await startDaemon(scope, { config, start: "any" });
      all.push(daemon);
      try {
        await daemon.line(({ event }) => event === "daemon.ready");
        await eventually(
          () => daemon.get("/health/ready"),
          ({ status }) => status === 200,
        );
        return daemon;
      } catch (error) {
        // Without its database a daemon does not start, and says so by its exit code.
        if (attempt === STARTS || daemon.child.exitCode !== 1) throw error;
      }
    }
  };
  let running = await start();
  const urlOf = (daemon: RunningDaemon): string =>
    String(daemon.lines.find(({ event }) => event === "daemon.ready")?.url);
  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    await running.stop(signal);
    running = await start();
  };
  return {
    url: () => urlOf(running),
    end,
    lines: () => all.flatMap((daemon) => daemon.lines),
    polledAt: () => {
      const last = running.lines.findLast(({ event }) => event === "fetch.succeeded");
      return last === undefined ? 0 : Date.parse(String(last.time)) || Number(last.time);
    },
  };
}
