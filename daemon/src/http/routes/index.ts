import type { Route } from "../route.js";
import type { HttpServices } from "../services.js";
import { authRoutes } from "./auth.js";
import { flagRoutes } from "./flags.js";
import { healthRoutes } from "./health.js";
import { metaRoutes } from "./meta.js";
import { openApiRoute } from "./openapi.js";
import { readRoutes } from "./reads.js";
import { statusRoutes } from "./status.js";

/** Every route that fastify serves. */
export function allRoutes(services: HttpServices, isDraining: () => boolean): readonly Route[] {
  const { config, snapshots, status, engine } = services;
  const routes = [
    ...healthRoutes(status, isDraining),
    ...statusRoutes(status, engine),
    ...flagRoutes({ snapshots, includeMetadata: config.evaluation.includeFlagMetadata }),
    ...metaRoutes(() => config.authentication.required),
    ...authRoutes(() => config.authentication, status.startedAt),
  ];
  return [...routes, openApiRoute([...readRoutes, ...routes])];
}
