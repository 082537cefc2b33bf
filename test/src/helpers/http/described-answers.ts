import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { type DescribedConfig, openApiDocument } from "../../../../daemon/dist/http/openapi.js";
import { isApiPath, requestTarget } from "../../../../daemon/dist/http/request-target.js";
import type { RouteDescription } from "../../../../daemon/dist/http/route.js";
import { allRoutes } from "../../../../daemon/dist/http/routes/index.js";
import { readRoutes } from "../../../../daemon/dist/http/routes/reads.js";
import { NO_SESSIONS } from "./no-sessions.js";

interface MediaType {
  readonly schema?: {
    readonly type?: string;
    readonly contentSchema?: object;
    /** Of a server-sent event. */
    readonly properties?: { readonly data?: { readonly contentSchema?: object } };
  };
}
interface Response {
  readonly headers?: Readonly<Record<string, { readonly required: boolean }>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, Response>>;
}
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** An answer of the daemon. The body of one that has not ended holds what has come so far. */
export interface AnsweredRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

const CLOSED: DescribedConfig = {
  authentication: {
    required: true,
    exclude: { evaluation: false, ofrep: false },
    session: NO_SESSIONS,
    methods: [],
  },
  authorization: undefined,
  metrics: { enabled: true, requireAuthentication: true },
};

/** The description as a daemon with this configuration serves it. */
export function servedApi(config: DescribedConfig): OpenApiDocument {
  return documentOf(everyRoute(), config);
}

/** The description of all that may be answered, what is not available included. */
export function describedApi(): OpenApiDocument {
  return documentOf(
    everyRoute().map(({ isAvailable: _, ...route }) => route),
    CLOSED,
  );
}

function everyRoute(): readonly RouteDescription[] {
  return [...readRoutes, ...allRoutes({ status: { startedAt: 0 }, authentication: {} } as never, {} as never)];
}

function documentOf(routes: readonly RouteDescription[], config: DescribedConfig): OpenApiDocument {
  return JSON.parse(JSON.stringify(openApiDocument(routes, config))) as OpenApiDocument;
}

const api = describedApi();
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const validators = new Map<object, ValidateFunction>();

/** @throws Error if the daemon's description does not say that there is such an answer */
export function checkAnswer(answer: AnsweredRequest): void {
  const target = requestTarget(answer.target);
  if (target === undefined || !isApiPath(target.path) || isPreflight(answer)) return;
  const described = describedResponse(answer, target.segments);
  for (const [name, { required }] of Object.entries(described.headers ?? {})) {
    if (required && answer.header(name) === undefined) throw fault(answer, `has no header ${name}`);
  }
  checkBody(answer, described);
}

/** The name of the operation that a request is, if it is one. */
export function operationOf(method: string, target: string): string | undefined {
  const segments = requestTarget(target)?.segments ?? [];
  return operationsOf(segments)?.[method.toLowerCase()]?.operationId;
}

function isPreflight({ method, status, header }: AnsweredRequest): boolean {
  return method === "OPTIONS" && status === 200 && header("vary") !== undefined;
}

/** Description of the answer; where no operation is, the errors that say so. */
function describedResponse(answer: AnsweredRequest, segments: readonly string[]): Response {
  const { method, status } = answer;
  const operations = operationsOf(segments);
  const operation = operations?.[segments[0] === "metrics" ? "get" : method.toLowerCase()];
  const described = operation?.responses[String(status)];
  if (described !== undefined) return described;
  if (operation !== undefined) throw fault(answer, "is described with no such status");
  // A wrong method is told from an unknown path, but for OFREP's event stream.
  const statuses = operations === undefined || segments[2] === "_stream" ? [404] : [501];
  if (!statuses.includes(status) && status !== 413)
    throw fault(answer, "is no operation, and the status is none of those");
  const name = segments[0] === "ofrep" ? "OfrepError" : "Error";
  const isStream = operations !== undefined && segments[2] === "_stream";
  if (isStream && status === 404) return { content: { "text/event-stream": {} } };
  return { content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } as object } } };
}

function operationsOf(segments: readonly string[]): Readonly<Record<string, Operation>> | undefined {
  let best: { readonly path: string; readonly literals: number } | undefined;
  for (const path of Object.keys(api.paths)) {
    const parts = path.slice(1).split("/");
    const fits = (part: string, index: number): boolean =>
      part.startsWith("{") ? segments[index] !== "" : part === segments[index];
    if (parts.length !== segments.length || !parts.every(fits)) continue;
    const literals = parts.filter((part) => !part.startsWith("{")).length;
    if (best === undefined || literals > best.literals) best = { path, literals };
  }
  return best === undefined ? undefined : api.paths[best.path];
}

function checkBody(answer: AnsweredRequest, { content }: Response): void {
  if (answer.method === "HEAD") return;
  if (content === undefined) {
    if (answer.body !== "") throw fault(answer, "has a body, and is described without one");
    return;
  }
  const type = answer.header("content-type")?.split(";")[0]?.trim() ?? "";
  const media = content[type];
  if (media === undefined) throw fault(answer, `is described, but not as ${type || "an answer without type"}`);
  const { schema } = media;
  const message = type === "text/event-stream" ? schema?.properties?.data?.contentSchema : schema?.contentSchema;
  if (message !== undefined) {
    for (const item of messagesOf(type, answer.body)) validate(answer, message, item);
  } else if (schema?.type !== "string" && schema !== undefined) {
    validate(answer, schema, parsed(answer, answer.body));
  }
}

/** The messages of a stream that have come whole: lines, or events' data. */
function messagesOf(type: string, body: string): readonly unknown[] {
  const isEvents = type === "text/event-stream";
  const whole = body.split(isEvents ? "\n\n" : "\n").slice(0, -1);
  const texts = isEvents ? whole.flatMap((event) => /^data: (.*)$/m.exec(event)?.[1] ?? []) : whole;
  return texts.map((text) => JSON.parse(text) as unknown);
}

function parsed(answer: AnsweredRequest, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fault(answer, "has a body that is no JSON");
  }
}

function validate(answer: AnsweredRequest, schema: object, value: unknown): void {
  let validator = validators.get(schema);
  if (validator === undefined) {
    validator = ajv.compile({ ...schema, components: api.components });
    validators.set(schema, validator);
  }
  if (validator(value)) return;
  throw fault(answer, `does not fit its schema: ${JSON.stringify(validator.errors)}`);
}

function fault({ method, target, status, body }: AnsweredRequest, reason: string): Error {
  return new Error(`the answer to ${method} ${target} (${status}) ${reason}: ${body.slice(0, 500)}`);
}
