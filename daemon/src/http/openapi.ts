import { z } from "zod";
import { version } from "../version.js";
import type { AnswerDescription } from "./route.js";
import type { RouteDescription } from "./routes/reads.js";

const ERROR_SCHEMA = z.object({ code: z.int(), message: z.string(), details: z.array(z.never()) });
const OFREP_ERROR_SCHEMA = z.object({
  key: z.string().optional(),
  errorCode: z.enum(["FLAG_NOT_FOUND", "INVALID_CONTEXT", "GENERAL"]),
  errorDetails: z.string(),
});

/** The OpenAPI 3.1 description of the whole HTTP surface, made of what the routes say about themselves. */
export function openApiDocument(routes: readonly RouteDescription[]): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = paths[route.path] ?? {};
    paths[route.path] = path;
    path[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Vexil", version, description: "Feature flags kept in git, served over HTTP." },
    paths,
    components: {
      schemas: { Error: schemaOf(ERROR_SCHEMA), OfrepError: schemaOf(OFREP_ERROR_SCHEMA) },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function operation(route: RouteDescription): Record<string, unknown> {
  const [, family = ""] = route.path.split("/");
  return {
    operationId: operationId(route),
    tags: [family],
    summary: route.summary,
    parameters: [
      ...[...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: "path",
        required: true,
        schema: { type: "string" },
      })),
      ...Object.entries(route.query ?? {}).map(([name, description]) => ({
        name,
        in: "query",
        description,
        schema: { type: "string" },
      })),
    ],
    ...(route.access === "open" ? {} : { security: [{ token: [] }] }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { content: { "application/json": { schema: schemaOf(route.body, "input") } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, response(answer)])),
      default: {
        description: "An error.",
        content: { "application/json": { schema: { $ref: `#/components/schemas/${errorSchemaName(route)}` } } },
      },
    },
  };
}

function errorSchemaName(route: RouteDescription): string {
  return route.path.startsWith("/ofrep/") ? "OfrepError" : "Error";
}

function operationId({ method, path }: RouteDescription): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

function response(answer: AnswerDescription): Record<string, unknown> {
  const { description, schema, contentType } = answer;
  if (schema !== undefined) return { description, content: { "application/json": { schema: schemaOf(schema) } } };
  return contentType === undefined ? { description } : { description, content: { [contentType]: {} } };
}

function schemaOf(schema: z.ZodType, io: "input" | "output" = "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
