import { randomBytes, randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "@vexil/config/config";
import { logEvent } from "@vexil/engine/observe/catalogue";
import { accessRules } from "../access/access-rules.js";
import { startAdminServer } from "../http/admin-server.js";
import { consoleAddress } from "../http/console/console-address.js";
import { edgeSettings } from "../http/edge/edge.js";
import { PORT_SETTINGS, untilFree } from "../http/listen.js";
import { listenSettingsOf } from "../http/listen-settings.js";
import {
  type HttpServer,
  type HttpServerOptions,
  prepareHttpServer,
  type StartHttpServer,
  startInnerServer,
} from "../http/serve-in-process.js";
import type { ListeningServer } from "../http/server.js";
import { followHealth } from "./follow-health.js";
import { forkWorkers } from "./fork-workers.js";
import type { WorkerSettings } from "./messages.js";
import type { PoolServices } from "./pool-services.js";
import type { WorkerPool } from "./worker-pool.js";

/**
 * Makes ready what can be before there is anything to serve: in this process with `server.workers: 1`, else by workers,
 * which answer reads and hand the rest to this process over a socket of its own.
 */
export async function prepareServing(
  services: PoolServices,
  options: HttpServerOptions,
  pool: WorkerPool | undefined,
): Promise<StartHttpServer> {
  return pool === undefined ? prepareHttpServer(services, options) : () => startWorkers(services, options, pool);
}

/** Makes it ready, and serves. */
export async function startServing(services: PoolServices, options: HttpServerOptions = {}): Promise<HttpServer> {
  const start = await prepareServing(services, options, forkWorkers(services, options.hangsMs));
  return start();
}

async function startWorkers(services: PoolServices, options: HttpServerOptions, pool: WorkerPool): Promise<HttpServer> {
  const { config, logger } = services;
  const decider = services.rights?.decider;
  const primarySocket = primarySocketPath();
  const primaryKey = randomBytes(32).toString("base64url");
  const inner = await startInnerServer(services, pool, { path: primarySocket, key: primaryKey });
  const settings = (current: Config): WorkerSettings => {
    const { limits, trustedProxies } = current.server;
    return {
      server: { ...listenSettingsOf(config.server), workers: config.server.workers, limits, trustedProxies },
      listen: options.listen,
      edge: edgeSettings(current, accessRules(current)),
      serves: config.server.admin === undefined ? "all" : "public",
      rules: inner.rules,
      primarySocket,
      primaryKey,
      heartbeatMs: options.heartbeatMs,
      stallMs: options.stallMs,
      certificateIntervalMs: options.certificateIntervalMs,
      tracing: services.telemetry?.tracing?.variables,
    };
  };
  const rights = decider?.changes$.subscribe((change) => pool.decisionsChanged(change));
  const beat = followHealth(services, (health) => pool.tellHealth(health));
  let admin: ListeningServer | undefined;
  try {
    admin = await startAdminServer(services, inner);
    await untilFree(options.listen ?? config.server, PORT_SETTINGS[config.server.protocol]);
    const url = await pool.start(settings(config));
    logEvent(logger, "http.listening", { url, workers: config.server.workers, ...consoleAddress(config, url) });
    return {
      url,
      adminUrl: admin?.url,
      get workerPids() {
        return pool.pids;
      },
      reload: (changed) => {
        inner.reload(changed);
        pool.reconfigure(settings(changed));
      },
      close: async () => {
        inner.drain();
        rights?.unsubscribe();
        await pool.close(config.server.shutdownTimeoutMs);
        beat.unsubscribe();
        await inner.close();
        await admin?.close(0);
        await removeSocket(primarySocket);
      },
    };
  } catch (error) {
    beat.unsubscribe();
    rights?.unsubscribe();
    await admin?.close(0);
    await pool.close(0);
    await inner.close();
    throw error;
  }
}

/** On Linux an abstract socket, which leaves nothing behind. Its name is to be read there: only workers know the key. */
function primarySocketPath(): string {
  const name = `vexil-${process.pid}-${randomUUID()}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

async function removeSocket(path: string): Promise<void> {
  if (!path.startsWith("\0")) await rm(path, { force: true });
}
