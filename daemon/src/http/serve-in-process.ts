import type { Config } from "@vexil/config/config";
import { logEvent } from "@vexil/engine/observe/catalogue";
import { startAdminServer } from "./admin-server.js";
import type { ConnectionDeadlines } from "./connection-deadlines.js";
import { consoleAddress } from "./console/console-address.js";
import { takeForwarded } from "./forwarded-request.js";
import { createInProcess, type InProcess } from "./in-process.js";
import type { ListenTarget } from "./listen.js";
import { PLAIN_HTTP } from "./listen-settings.js";
import { BODY_LIMIT_BYTES, readBody } from "./read-body.js";
import type { ReadWorkers } from "./read-workers.js";
import { sendProblem } from "./send-problem.js";
import { startServer } from "./server.js";
import type { HttpServices } from "./services.js";

export interface HttpServer {
  /** Where it listens, for users and clients: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Where metrics, health and status are answered, if not there. */
  readonly adminUrl: string | undefined;
  /** Process ids of the workers; none when this process answers everything. */
  readonly workerPids: readonly number[];
  /** Takes over what a new configuration says of authentication, CORS and allowed hosts. */
  reload(config: Config): void;
  /** Stops accepting; streams and idle connections end within 3 s, requests under way at `server.shutdown_timeout`. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  /** A socket that is open already, or another address than the configuration's. */
  readonly listen?: ListenTarget;
  readonly heartbeatMs?: number;
  readonly stallMs?: number;
  readonly certificateIntervalMs?: number;
  /** Of a worker that gives no sign of life, until it is replaced. */
  readonly hangsMs?: number;
  /** Of a single process; workers have the usual ones. */
  readonly deadlines?: Partial<ConnectionDeadlines>;
}

/** Listens, and serves. Rejects with VexilError VEXIL_UNAVAILABLE_ADDRESS. */
export type StartHttpServer = () => Promise<HttpServer>;

/** Serves everything in this process: reads on the hot path, the rest through fastify. */
export async function prepareHttpServer(services: HttpServices, options: HttpServerOptions): Promise<StartHttpServer> {
  const inProcess = await createInProcess(services, undefined, options);
  return () => startHttpServer(services, options, inProcess);
}

async function startHttpServer(
  services: HttpServices,
  options: HttpServerOptions,
  inProcess: InProcess,
): Promise<HttpServer> {
  const { config, logger } = services;
  inProcess.follow();
  const serves = config.server.admin === undefined ? "all" : "public";
  const edge = inProcess.edge({ hotPath: inProcess.hotPath, serves });
  const admin = await startAdminServer(services, inProcess);
  const server = await startServer(
    { ...options, server: config.server, logger, limit: inProcess.limits.connections },
    (request, response) => edge.handle(request, response),
  ).catch(async (error: unknown) => {
    await admin?.close(0);
    throw error;
  });
  edge.listensOn(server.address);
  logEvent(logger, "http.listening", { url: server.url, workers: 1, ...consoleAddress(config, server.url) });
  return {
    url: server.url,
    adminUrl: admin?.url,
    workerPids: [],
    reload: (changed) => {
      inProcess.reload(changed);
      server.renewCertificates();
    },
    close: async () => {
      inProcess.drain();
      await server.close(config.server.shutdownTimeoutMs);
      await admin?.close(0);
    },
  };
}

/**
 * Serves the process's own socket, for workers that forward requests. What is done where requests are accepted, they
 * have done.
 * @param path of the Unix socket
 * @param key by which workers are known
 */
export async function startInnerServer(
  services: HttpServices,
  workers: ReadWorkers,
  { path, key }: { readonly path: string; readonly key: string },
): Promise<InProcess & { readonly close: () => Promise<void> }> {
  const inProcess = await createInProcess(services, workers, {});
  inProcess.follow();
  const server = await startServer(
    {
      server: { ...PLAIN_HTTP, host: "", port: 0 },
      listen: { path },
      logger: services.logger,
    },
    (request, response) => {
      if (!takeForwarded(request, key)) {
        response.destroy();
        return;
      }
      readBody(request, BODY_LIMIT_BYTES, inProcess.limits.bodies, (refused, body) => {
        if (refused === undefined) inProcess.cold(request, response, body);
        else sendProblem(request, response, refused);
      });
    },
  );
  return { ...inProcess, close: () => server.close(0) };
}
