import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@vexil/config/load-config";
import type { Module } from "@vexil/engine/di/module";
import { compose } from "../../../../daemon/dist/composition.js";
import type { Daemon } from "../../../../daemon/dist/daemon.js";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { type RecordedLine, recorder } from "./recorder.js";

// Keys and logouts are kept in the user's state directory, which is not the tests'.
const state = mkdtempSync(join(tmpdir(), "vexil-state-"));
process.env.XDG_STATE_HOME = state;
process.once("exit", () => rmSync(state, { recursive: true, force: true }));

/** The whole daemon within the test's process: the same composition, a logger that records. */
export interface InProcessDaemon {
  readonly daemon: Daemon;
  readonly lines: readonly RecordedLine[];
  /** Rejects as the start does. */
  start(): Promise<{ readonly settled: Promise<void> }>;
  stop(): Promise<void>;
  readonly url: () => string;
}

/**
 * Composes a daemon from a configuration; `server` gets 127.0.0.1, a free port and one worker.
 * @param modules replace bindings
 */
export async function inProcessDaemon(
  scope: Scope,
  config: Readonly<Record<string, unknown>>,
  ...modules: readonly Module[]
): Promise<InProcessDaemon> {
  const directory = await temporaryDirectory(scope);
  const file = join(directory, "vexil.json");
  const server = {
    host: "127.0.0.1",
    http_port: 0,
    workers: 1,
    shutdown_timeout: "2s",
    ...(config.server as object | undefined),
  };
  await writeFile(file, JSON.stringify({ version: "2.0", ...config, server }));
  const { logger, lines } = recorder();
  const daemon = await compose(await loadConfig({ file, env: {}, cwd: directory }), logger, undefined, ...modules);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= daemon.stop(AbortSignal.timeout(5_000));
    return stopped;
  };
  scope.teardown(stop);
  return { daemon, lines, start: () => daemon.start(), stop, url: () => daemon.url ?? "" };
}
