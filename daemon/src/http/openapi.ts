import type { Config } from "@vexil/config/config";
import { z } from "zod";
import { type AccessRules, accessRules, isClosed } from "../access/access-rules.js";
import { version } from "../version.js";
import { errorResponses, eventSchema } from "./openapi-errors.js";
import type { AnswerDescription, ContentDescription, RouteDescription } from "./route.js";
import { errorSchema, ofrepErrorSchema } from "./routes/error-schemas.js";

/** Part of a configuration that the description depends on. */
export type DescribedConfig = Pick<Config, "authentication" | "authorization" | "metrics">;

/**
 * The OpenAPI 3.1 description of the whole HTTP surface, made of what the routes say about themselves, and true of a
 * daemon with this configuration.
 */
export function openApiDocument(
  routes: readonly RouteDescription[],
  config: DescribedConfig,
): Readonly<Record<string, unknown>> {
  const rules = accessRules(config);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    if (route.isAvailable?.(config.authentication) === false) continue;
    const path = paths[route.path] ?? {};
    paths[route.path] = path;
    path[route.method.toLowerCase()] = operation(route, rules);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Vexil", version, description: DESCRIPTION },
    paths,
    components: {
      schemas: { Error: schemaOf(errorSchema), OfrepError: schemaOf(ofrepErrorSchema) },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

const DESCRIPTION = `Feature flags kept in git, served over HTTP.

Bodies are read leniently: whatever their content type says they are JSON; each field goes by its snake_case name too;
fields that nobody knows are ignored. What the schema of a request cannot say (that a flag has the type that is asked for,
that what is referred to is there) is answered with 400 where it is not so.`;

function operation(route: RouteDescription, rules: AccessRules): Record<string, unknown> {
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
        schema: parameterSchema(route.pathSchemas?.[name ?? ""]),
      })),
      ...parameters("query", route.query),
      ...parameters("header", route.headers),
    ],
    ...(isClosed(rules, route.access) ? { security: [{ token: [] }] } : {}),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body) }),
    responses: {
      ...errorResponses(route),
      ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, response(answer)])),
    },
  };
}

function parameters(place: "query" | "header", described: RouteDescription["query"] = {}): readonly object[] {
  return Object.entries(described).map(([name, parameter]) => {
    const { description, schema, required } =
      typeof parameter === "string" ? { description: parameter, schema: undefined, required: false } : parameter;
    return {
      name,
      in: place,
      description,
      ...(required === true ? { required } : {}),
      schema: parameterSchema(schema),
    };
  });
}

const parameterSchema = (schema: z.ZodType = z.string()): object => schemaOf(schema, "input");

function requestBody(schema: z.ZodType): object {
  const required = !schema.safeParse({}).success;
  return {
    ...(required ? { required } : {}),
    content: { "application/json": { schema: schemaOf(schema, "input") } },
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

function mediaType({ type, schema, items }: ContentDescription): Record<string, unknown> {
  if (schema !== undefined) return { schema: schemaOf(schema) };
  if (items === undefined) return { schema: { type: "string" } };
  if (type === "text/event-stream") return { schema: eventSchema(items) };
  // 3.1 has no words for a sequence of messages; the schema of one is given as JSON Schema gives a text's content.
  return { schema: { type: "string", contentSchema: schemaOf(items) } };
}

function schemaOf(schema: z.ZodType, io: "input" | "output" = "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
