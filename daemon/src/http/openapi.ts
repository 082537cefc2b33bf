import { z } from "zod";
import { version } from "../version.js";
import { errorResponses } from "./openapi-errors.js";
import type { AnswerDescription, ContentDescription, RouteDescription } from "./route.js";
import { errorSchema, ofrepErrorSchema } from "./routes/error-schemas.js";

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
      schemas: { Error: schemaOf(errorSchema), OfrepError: schemaOf(ofrepErrorSchema) },
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
    ...(route.access === "open" || route.access === "forge" ? {} : { security: [{ token: [] }] }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { content: { "application/json": { schema: schemaOf(route.body, "input") } } } }),
    responses: {
      ...errorResponses(route),
      ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, response(answer)])),
    },
  };
}

function operationId({ method, path }: RouteDescription): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

function response({ description, headers, schema, contents }: AnswerDescription): Record<string, unknown> {
  const described = [...(contents ?? []), ...(schema === undefined ? [] : [{ type: "application/json", schema }])];
  return {
    description,
    ...(headers === undefined ? {} : { headers: headersOf(headers) }),
    ...(described.length === 0
      ? {}
      : { content: Object.fromEntries(described.map((content) => [content.type, mediaType(content)])) }),
  };
}

function headersOf(headers: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, required: true, schema: { type: "string" } },
    ]),
  );
}

function mediaType({ schema, items }: ContentDescription): Record<string, unknown> {
  if (schema !== undefined) return { schema: schemaOf(schema) };
  if (items === undefined) return { schema: { type: "string" } };
  // 3.1 has no words for a sequence of messages; the schema of one is given as JSON Schema gives a text's content.
  return { schema: { type: "string", contentSchema: schemaOf(items) } };
}

function schemaOf(schema: z.ZodType, io: "input" | "output" = "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
