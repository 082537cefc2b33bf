import type { Subscription } from "rxjs";
import { accessRules } from "./authenticate.js";
import { coldRoutes } from "./cold-routes.js";
import { applyCors } from "./cors.js";
import type { ListenTarget } from "./listen.js";
import { createReadProcess, type ReadProcess } from "./read-process.js";
import { unknownEnvironment } from "./request-environment.js";
import { allRoutes } from "./routes/index.js";
import { startServer } from "./server.js";
import type { HttpServices } from "./services.js";

export interface HttpServer {
  /** Where it listens, for people and clients: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops accepting; streams and idle connections end within 3 s, requests under way at `server.shutdown_timeout`. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  /** A socket that is open already, or another address than the configuration's. */
  readonly listen?: ListenTarget;
  readonly heartbeatMs?: number;
  readonly stallMs?: number;
  readonly certificateIntervalMs?: number;
}

/** Serves everything in this process: reads on the hot path, the rest through fastify. */
export async function startHttpServer(services: HttpServices, options: HttpServerOptions = {}): Promise<HttpServer> {
  const { config, snapshots, logger } = services;
  const rules = accessRules(config.authentication);
  const reads = createReadProcess({ ...options, snapshots, accessRules: () => rules, logger });
  const changes = followChanges(services, reads);
  let draining = false;
  const cold = await coldRoutes(
    allRoutes(services, () => draining),
    { accessRules: () => rules, logger, settled: () => Promise.resolve() },
  );
  const server = await startServer({ ...options, server: config.server, logger }, (request, response) => {
    if (applyCors(config.cors, request, response)) return;
    if (!reads.hotPath.handle(request, response)) cold(request, response);
  });
  logger.log("info", "http.listening", "Listening for requests", { url: server.url });
  return {
    url: server.url,
    close: async () => {
      draining = true;
      changes.unsubscribe();
      reads.hub.close();
      await server.close(config.server.shutdownTimeoutMs);
    },
  };
}

/** New states go to the streams of this process. */
export function followChanges({ snapshots }: HttpServices, { hub }: ReadProcess): Subscription {
  return snapshots.changes$.subscribe((change) => {
    if (change.type === "published") hub.publish(change.environment, change.changedNamespaces);
    else hub.endEnvironment(change.environment, unknownEnvironment(change.environment));
  });
}
