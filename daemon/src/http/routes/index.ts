import type { Route } from "../route.js";
import type { HttpServices } from "../services.js";
import { healthRoutes } from "./health.js";

/** Every route that fastify serves. */
export function allRoutes(services: HttpServices, isDraining: () => boolean): readonly Route[] {
  return [...healthRoutes(services.status, isDraining)];
}
