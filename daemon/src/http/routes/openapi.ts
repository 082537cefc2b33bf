import { z } from "zod";
import { openApiDocument } from "../openapi.js";
import type { Route, RouteDescription } from "../route.js";

/** The description of all routes, its own included. */
export function openApiRoute(described: readonly RouteDescription[]): Route {
  let document: Readonly<Record<string, unknown>> | undefined;
  const route: Route = {
    method: "GET",
    path: "/openapi.json",
    summary: "This description.",
    access: "token",
    answers: { 200: { description: "OpenAPI 3.1.", schema: z.looseObject({ openapi: z.literal("3.1.0") }) } },
    handle: () => {
      document ??= openApiDocument([...described, route]);
      return { status: 200, body: document };
    },
  };
  return route;
}
