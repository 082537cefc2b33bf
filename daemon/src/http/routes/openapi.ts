import { z } from "zod";
import { type DescribedConfig, openApiDocument } from "../openapi.js";
import type { Route, RouteDescription } from "../route.js";

/** The description of all routes, its own included. */
export function openApiRoute(described: readonly RouteDescription[], config: () => DescribedConfig): Route {
  const documents = new WeakMap<DescribedConfig, Readonly<Record<string, unknown>>>();
  const route: Route = {
    method: "GET",
    path: "/openapi.json",
    summary: "This description.",
    access: "token",
    action: "none",
    answers: { 200: { description: "OpenAPI 3.1.", schema: z.looseObject({ openapi: z.literal("3.1.0") }) } },
    handle: () => {
      const current = config();
      const document = documents.get(current) ?? openApiDocument([...described, route], current);
      documents.set(current, document);
      return { status: 200, body: document };
    },
  };
  return route;
}
