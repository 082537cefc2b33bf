import type { Config } from "@vexil/config/config";
import type { Gate } from "../../access/gate.js";
import type { LazyEventStreams } from "../events/lazy-event-streams.js";
import { LongWork } from "../limits/long-work.js";
import type { Metrics } from "../metrics/create-metrics.js";
import type { Route, RouteDescription } from "../route.js";
import type { HttpServices } from "../services.js";
import { analyticsRoutes } from "./analytics.js";
import { authRoutes } from "./auth/index.js";
import { bisectRoutes } from "./bisect.js";
import { branchRoutes } from "./branches.js";
import { changesRoute } from "./changes.js";
import { compareRoute } from "./compare.js";
import { environmentRoutes } from "./environments.js";
import { eventsRoute } from "./events.js";
import { explainRoute } from "./explain.js";
import { flagRoutes } from "./flags.js";
import { gitRoutes } from "./git.js";
import { historyRoutes } from "./history.js";
import { hookRoutes } from "./hooks.js";
import { lastChangesRoute } from "./last-changes.js";
import { metaRoutes } from "./meta.js";
import { metricsRoute } from "./metrics.js";
import { namespaceRoutes } from "./namespaces.js";
import { openApiRoute } from "./openapi.js";
import { readRoutes } from "./reads.js";
import { resourceRoutes } from "./resources.js";
import { rightsRoute } from "./rights.js";
import { schemaRoute } from "./schemas.js";
import { statusRoutes } from "./status.js";
import { storagesRoute } from "./storages.js";
import { usageRoute } from "./usage.js";
import { usageReportRoute } from "./usage-reports.js";

export interface RouteOptions {
  /** The configuration in effect. */
  readonly config: () => Config;
  readonly gate: Gate;
  readonly metrics: Metrics;
  readonly events: LazyEventStreams;
  /** Workers that are alive. */
  readonly workers: () => number;
}

/** Every route that fastify serves. */
export function allRoutes(
  services: HttpServices,
  { config, gate, metrics, events, workers }: RouteOptions,
): readonly Route[] {
  const { snapshots, status, engine, logger, authentication } = services;
  const long = new LongWork();
  // Apart, as a page of history is not to wait for a search of seconds.
  const walks = new LongWork();
  const routes = [
    metricsRoute({ metrics, gate, config }),
    ...statusRoutes(
      status,
      engine,
      snapshots,
      () => services.rights?.fault,
      () => authentication.exchange,
      () => services.sinks?.statuses() ?? [],
      () => ({ running: workers(), configured: config().server.workers }),
      () => services.edge?.state,
    ),
    ...hookRoutes({ config, engine, logger }),
    long.limit(explainRoute({ snapshots, engine, limits: () => config().server.limits })),
    ...flagRoutes({
      snapshots,
      past: () => engine.past,
      includeMetadata: () => config().evaluation.includeFlagMetadata,
    }),
    ...environmentRoutes(snapshots),
    storagesRoute(snapshots, config, services.edge),
    ...namespaceRoutes(snapshots, engine),
    ...resourceRoutes(snapshots, engine),
    changesRoute(snapshots, engine),
    ...branchRoutes(snapshots, engine),
    rightsRoute(snapshots),
    ...historyRoutes(snapshots, engine).map((route) => (route.method === "GET" ? walks.limit(route) : route)),
    ...bisectRoutes({ snapshots, engine, limits: () => config().server.limits }).map((route) => long.limit(route)),
    long.limit(compareRoute({ snapshots, engine, limits: () => config().server.limits })),
    eventsRoute(events),
    ...gitRoutes({ engine, snapshots, config, logger }),
    usageRoute(snapshots, services.usage),
    long.limit(lastChangesRoute(snapshots, engine)),
    usageReportRoute(services.usage, snapshots),
    ...analyticsRoutes({ config, snapshots, usage: services.usage }).map((route) => long.limit(route)),
    ...metaRoutes(config),
    schemaRoute,
    ...authRoutes(() => config().authentication, authentication, status.startedAt),
  ];
  return [...routes, openApiRoute([...readRoutes, ...routes], config)];
}

/** Every route there is, for whoever only looks at what it says of itself. */
export function describedRoutes(): readonly RouteDescription[] {
  const none = {} as never;
  const services = { snapshots: none, status: none, engine: none, logger: none, config: none, authentication: none };
  const options = { config: () => none, gate: none, metrics: none, events: none, workers: () => 1 };
  return [...readRoutes, ...allRoutes(services, options)];
}
