import type { IncomingMessage, ServerResponse } from "node:http";
import { type Config, logEvent } from "@vexil/core";
import { Subscription } from "rxjs";
import { accessRules } from "./authenticate.js";
import { coldRoutes } from "./cold-routes.js";
import type { ConnectionDeadlines } from "./connection-deadlines.js";
import { applyCors } from "./cors.js";
import { ClientLimits } from "./limits/client-limits.js";
import { refuseBeyond } from "./limits/refuse-beyond.js";
import type { ListenTarget } from "./listen.js";
import { countedEngine } from "./metrics/counted-engine.js";
import { countedViews } from "./metrics/counted-views.js";
import type { createMetrics, Metrics } from "./metrics/registry.js";
import { createReadProcess, type ReadProcess } from "./read-process.js";
import type { ReadWorkers } from "./read-workers.js";
import { mergeTallies } from "./reads/tally.js";
import { unknownEnvironment } from "./request-environment.js";
import { allRoutes } from "./routes/index.js";
import { startServer } from "./server.js";
import type { HttpServices } from "./services.js";

export interface HttpServer {
  /** Where it listens, for people and clients: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Process ids of the workers; none when this process answers everything. */
  readonly workerPids: readonly number[];
  /** Takes over what a new configuration says of authentication and CORS. */
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
  const { config } = services;
  inProcess.follow();
  const server = await startServer(
    { ...options, server: config.server, logger: services.logger, limit: inProcess.limits.connections },
    (request, response) => {
      if (applyCors(inProcess.config.cors, request, response)) return;
      if (inProcess.refuse(request, response)) return;
      inProcess.listener(request, response);
    },
  );
  logEvent(services.logger, "http.listening", { url: server.url, workers: 1 });
  return {
    url: server.url,
    workerPids: [],
    reload: inProcess.reload,
    close: async () => {
      inProcess.drain();
      await server.close(config.server.shutdownTimeoutMs);
    },
  };
}

/**
 * Serves the process's own socket, for workers that hand requests on. CORS is theirs.
 * @param path of the Unix socket
 */
export async function startInnerServer(
  services: HttpServices,
  workers: ReadWorkers,
  path: string,
): Promise<Pick<InProcess, "drain" | "reload"> & { readonly close: () => Promise<void> }> {
  const inProcess = await createInProcess(services, workers, {});
  inProcess.follow();
  const server = await startServer(
    {
      server: { protocol: "http", host: "", port: 0, certFile: undefined, certKey: undefined },
      listen: { path },
      logger: services.logger,
    },
    inProcess.listener,
  );
  return { ...inProcess, close: () => server.close(0) };
}

interface InProcess {
  readonly listener: Parameters<typeof startServer>[1];
  readonly limits: ClientLimits;
  /** Refuses a request of a client that is beyond its limits. */
  readonly refuse: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** The configuration in effect. */
  readonly config: Config;
  readonly reload: (config: Config) => void;
  /** From now on new states go to the streams. */
  readonly follow: () => void;
  /** Health says that the daemon is stopping, and streams end. */
  readonly drain: () => void;
}

async function createInProcess(
  services: HttpServices,
  workers: ReadWorkers | undefined,
  options: HttpServerOptions,
): Promise<InProcess> {
  const { snapshots, status, logger } = services;
  let { config } = services;
  let rules = accessRules(config.authentication);
  const limits = new ClientLimits(() => ({ ...config.server, workers: 1 }));
  const reads = createReadProcess({ ...options, snapshots, accessRules: () => rules, limits, logger });
  const changes = new Subscription();
  const counts = { snapshots, tally: reads.tally };
  const { engine, queue } = countedEngine(services.engine, counts);
  const metrics = once(async () => {
    const { createMetrics } = await import("./metrics/registry.js");
    return createMetrics({
      snapshots,
      status,
      enabled: config.metrics.enabled,
      workers: () => workers?.size ?? 1,
      queueLength: () => queue.length,
      report: () => fullReport(services, reads, workers),
    });
  });
  // The process's own metrics begin with it, but a start does not wait for the library.
  setTimeout(() => void metrics().catch(() => undefined), METRICS_AFTER_MS).unref();
  let draining = false;
  const routes = allRoutes({ ...services, engine }, { config: () => config, isDraining: () => draining, metrics });
  const cold = await coldRoutes(countedViews(routes, counts), {
    accessRules: () => rules,
    logger,
    bodies: limits.bodies,
    tally: reads.tally,
    settled: async () => workers?.settled(),
  });
  return {
    listener: (request, response) => {
      if (!reads.hotPath.handle(request, response)) cold(request, response);
    },
    limits,
    refuse: (request, response) => refuseBeyond(limits, rules, reads.tally, request, response),
    get config() {
      return config;
    },
    reload: (changed) => {
      config = changed;
      rules = accessRules(changed.authentication);
    },
    follow: () => changes.add(followChanges(services, reads, workers)),
    drain: () => {
      draining = true;
      changes.unsubscribe();
      reads.hub.close();
    },
  };
}

const METRICS_AFTER_MS = 1_000;

function once(make: () => Promise<Metrics>): () => Promise<Metrics> {
  let made: Promise<Metrics> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** New states go to the streams of this process; how long it takes until every process serves them is observed. */
function followChanges(
  { snapshots }: HttpServices,
  { hub, tally }: ReadProcess,
  workers: ReadWorkers | undefined,
): Subscription {
  return snapshots.changes$.subscribe((change) => {
    const started = performance.now();
    if (change.type === "published") hub.publish(change.environment, change.changedNamespaces);
    else hub.endEnvironment(change.environment, unknownEnvironment(change.environment));
    const observe = (): void => tally.observe("publish_duration", performance.now() - started);
    if (workers === undefined) observe();
    else void workers.published().then(observe);
  });
}

async function fullReport(
  { storageTally }: HttpServices,
  reads: ReadProcess,
  workers: ReadWorkers | undefined,
): ReturnType<Parameters<typeof createMetrics>[0]["report"]> {
  const report = await workers?.report();
  const own = [reads.tally, ...(storageTally === undefined ? [] : [storageTally])].map((tally) => tally.data());
  return {
    tally: mergeTallies([...own, ...(report === undefined ? [] : [report.tally])]),
    streams: [...reads.hub.counts(), ...(report?.streams ?? [])],
  };
}
