import { readFile } from "node:fs/promises";
import type { Config } from "@vexil/config/config";
import { loadConfig } from "@vexil/config/load-config";
import { sameSettings } from "@vexil/config/same-settings";
import { CATALOGUE_VERSION, logEvent } from "@vexil/engine/observe/catalogue";
import { isReadable } from "@vexil/engine/observe/destination";
import { createLogger, type RootLogger } from "@vexil/engine/observe/logger";
import type { Logger } from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { signalWithin } from "@vexil/plugin-api/signal-within";
import { compose } from "./composition.js";
import type { Daemon } from "./daemon.js";
import { loadingFault } from "./loading-fault.js";
import { reloadChanges } from "./reload-changes.js";
import { stopSignals } from "./signals.js";
import { ServiceManager } from "./systemd/service-manager.js";
import { startTelemetry } from "./telemetry/start-telemetry.js";
import { moreAbout } from "./troubleshooting/more-about.js";
import { version } from "./version.js";

/** How `vexil serve` and `vexil quickstart` start the daemon. */
export interface RunOptions {
  /** `--config` */
  readonly file?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Called once it serves. */
  readonly onReady?: (daemon: Daemon) => void;
  /** Called with the reason when the start fails; the log has it too. */
  readonly onFailed?: (reason: string) => void;
}

/**
 * The life of the process: load → compose → start → wait for a signal → drain → close.
 * @returns the exit code
 */
export async function run(options: RunOptions): Promise<number> {
  let config: Config;
  let root: RootLogger;
  try {
    config = await loadConfig(options);
    root = createLogger(config.log, { env: options.env });
  } catch (error) {
    process.stderr.write(loadingFault(error));
    return 1;
  }
  logEvent(root, "daemon.starting", {
    version,
    node: process.versions.node,
    pid: process.pid,
    catalogue: CATALOGUE_VERSION,
  });
  logEvent(root, "config.loaded", {
    file: config.file,
    storages: [...config.storages.keys()],
    environments: [...config.environments.keys()],
  });
  for (const reason of warningsOf(config)) logEvent(root, "config.warning", { reason });
  warnIfOpen(config, root);

  const telemetry = await startTelemetry(config, options.env, root);
  const logger = telemetry?.logger ?? root;
  const signals = stopSignals();
  const service = new ServiceManager(options.env, logger);
  let daemon: Daemon | undefined;
  let code = 0;
  try {
    daemon = await compose(config, logger, telemetry);
    service.watch(daemon);
    const started = daemon.start(service.listen);
    started.catch(() => undefined);
    const first = await Promise.race([started, signals.stop]);
    if (first !== undefined) {
      options.onReady?.(daemon);
      first.firstSnapshots.then(
        () => service.ready(),
        () => undefined,
      );
      signals.onReload(() => reload(daemon, service, options, logger));
      const failed = first.settled.then(
        () => new Promise<never>(() => undefined),
        (error: unknown) => Promise.reject(error),
      );
      await Promise.race([signals.stop, failed]);
    }
    logEvent(logger, "daemon.draining", {});
  } catch (error) {
    const failure = toVexilError(error);
    fail(logger, failure);
    // Whoever starts it by hand looks at the terminal, not into the log.
    if (config.log.file !== undefined && options.onFailed === undefined) {
      const { storage } = failure.details;
      const owner = storage === undefined ? "" : `storage ${storage}, `;
      process.stderr.write(`Error: ${failure.message} (${owner}log: ${config.log.file})${moreAbout(failure)}\n`);
    }
    options.onFailed?.(failure.message);
    code = 1;
  }
  const stopping = performance.now();
  void service.stopping();
  const cut = signalWithin(config.server.shutdownTimeoutMs, signals.again);
  await daemon?.stop(cut).catch((error: unknown) => fail(logger, toVexilError(error)));
  logEvent(logger, "daemon.stopped", {
    exit_code: code,
    duration_ms: Math.round(performance.now() - stopping),
  });
  await telemetry?.stop(cut);
  signals.release();
  service.close();
  await logger.end();
  return code;
}

const NOTHING = { added: [], changed: [], removed: [] };

async function reload(
  daemon: Daemon | undefined,
  service: ServiceManager,
  options: RunOptions,
  logger: RootLogger,
): Promise<void> {
  await service.reloading();
  reopenLog(logger);
  let remark = "";
  try {
    const config = await loadConfig(options);
    await refuseEmpty(config, daemon);
    const later = daemon === undefined ? [] : afterRestart(daemon.config, config);
    const named = daemon === undefined ? {} : reloadChanges(daemon.config, config);
    const { added, changed, removed } = (await daemon?.reload(config)) ?? NOTHING;
    logger.level = config.log.level;
    logger.sampling = config.log.sampling;
    for (const reason of [...warningsOf(config), ...later]) logEvent(logger, "config.warning", { reason });
    logEvent(logger, "config.reloaded", { file: config.file, added, changed, removed, ...named });
  } catch (error) {
    const { code, message } = toVexilError(error);
    logEvent(logger, "config.rejected", { file: options.file, code, reason: message });
    remark = `new configuration refused: ${message}`;
  }
  await service.ready(remark);
}

/** Whatever becomes of the new configuration: who rotates the log asks for it by the same signal. */
function reopenLog(logger: RootLogger): void {
  try {
    logger.reopen();
  } catch (error) {
    logEvent(logger, "config.warning", { reason: `${toVexilError(error).message}; the log goes on where it was` });
  }
}

/** Lists changes that take effect after a restart. */
function afterRestart(before: Config, after: Config): readonly string[] {
  const { level: _, ...log } = before.log;
  const { level: __, ...newLog } = after.log;
  const [counts, newCounts] = [before, after].map(({ analytics }) => [analytics?.counts === true, analytics?.path]);
  return [
    ...(sameSettings(counts, newCounts)
      ? []
      : ["changes to analytics.enabled and analytics.path take effect after a restart"]),
    ...(sameSettings(before.cache, after.cache) ? [] : ["changes to cache take effect after a restart"]),
    ...(sameSettings(fixedSettings(before), fixedSettings(after))
      ? []
      : ["changes to server.host, server.http_port and how the server listens take effect after a restart"]),
    ...(sameSettings(log, newLog)
      ? []
      : ["only log.level was reloaded; other changes to log take effect after a restart"]),
  ];
}

/** Settings of `server` that it was started with; the others are asked for each time and so are taken over at once. */
function fixedSettings({ server }: Config): Partial<Config["server"]> {
  const {
    limits: _limits,
    trustedProxies: _proxies,
    allowedHosts: _hosts,
    basePath: _base,
    writeQueue: _queue,
    git: _git,
    ...fixed
  } = server;
  return fixed;
}

/** A file that is being written is empty for a moment: taken as it is, it would throw every storage away. */
async function refuseEmpty(config: Config, daemon: Daemon | undefined): Promise<void> {
  if (
    config.file === undefined ? daemon?.config.file === undefined : (await readFile(config.file, "utf8")).trim() !== ""
  )
    return;
  throw new VexilError(
    "VEXIL_VALIDATION_CONFIG",
    config.file === undefined ? "the configuration file is gone" : `${config.file} is empty`,
  );
}

function fail(logger: Logger, error: VexilError): void {
  logEvent(logger, "daemon.failed", {
    code: error.code,
    reason: error.message,
    ...(error.details.step === undefined ? {} : { step: error.details.step }),
    ...(error.details.storage === undefined ? {} : { storage: error.details.storage }),
    ...(error.kind === "internal" && error.cause instanceof Error ? { stack: error.cause.stack } : {}),
  });
}

/** Lists settings that are ignored, here and now. */
function warningsOf({ warnings, log }: Config): readonly string[] {
  if (log.encoding !== "console" || isReadable(log)) return warnings;
  return [
    ...warnings,
    "log.encoding: console counts on a terminal only; here each line is a JSON object (vexil logs reads them)",
  ];
}

function warnIfOpen(config: Config, logger: Logger): void {
  const { host } = config.server;
  const loopback = host === "localhost" || host === "::1" || host.startsWith("127.");
  if (loopback || config.authentication.required) return;
  logEvent(logger, "daemon.open", { url: `${config.server.protocol}://${host}:${config.server.port}` });
}
