import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { AuthenticationConfig } from "@vexil/config/config";
import type { AccessRequest, Action } from "@vexil/plugin-api";
import type { ZodType } from "zod";
import type { Access } from "../access/access-rules.js";
import type { Principal } from "../access/principal.js";
import type { RequestIds } from "../request-ids.js";
import type { Message } from "./message.js";
import type { RequestRights } from "./rights/request-rights.js";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/**
 * Right that a route needs when `authorization.required` is on; `none`: whoever `access` lets in.
 */
export type RouteAction = Action | "none";

/** Where a right is needed; without a namespace in all of them, without an environment too. */
export interface Place {
  readonly environment?: string | undefined;
  readonly namespace?: string | undefined;
  /** Kind of change that is made there, where requests decide about it. */
  readonly change?: AccessRequest["change"];
}

/** One documented answer of a route. With neither `schema` nor `contents` it has no body. */
export interface AnswerDescription {
  readonly description: string;
  /** Headers that it always has → what they mean. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of its body as JSON. */
  readonly schema?: ZodType;
  /** Bodies of other types. */
  readonly contents?: readonly ContentDescription[];
}

/** A body of one media type: as a whole (`schema`), as a sequence of messages (`items`), or any text. */
export interface ContentDescription {
  readonly type: string;
  readonly schema?: ZodType;
  readonly items?: ZodType;
}

/** Meaning and range of a parameter: any text unless told. */
export type ParameterDescription =
  | string
  | { readonly description: string; readonly schema: ZodType; readonly required?: boolean };

/**
 * One route: what it is called, what it may answer (the OpenAPI description is made from this, and tests hold every
 * answer against it) and the handler. Error bodies need no mention: handlers throw VexilError, and body and status are
 * made of it in one place.
 */
export interface Route {
  readonly method: Method;
  /** Parameters in braces: `/api/v2/environments/{environment}/namespaces/{key}`. They never contain a slash. */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly action: RouteAction;
  /** Rights that its handler asks for beside that one. */
  readonly besides?: readonly Action[];
  /** Kind of change that it makes with that right, where engines of rights are told. */
  readonly change?: AccessRequest["change"];
  /**
   * Where it needs that right: in environment and namespace of the path unless told. `answer`: its handler shows only
   * what may be seen, or refuses by itself.
   */
  readonly place?: "answer" | ((request: RouteRequest) => Place | readonly Place[]);
  /** Parameter of the path → what it may be; any text unless told. */
  readonly pathSchemas?: Readonly<Record<string, ZodType>>;
  /** Query parameter → what it means. */
  readonly query?: Readonly<Record<string, ParameterDescription>>;
  /** Headers that decide about the answer. */
  readonly headers?: Readonly<Record<string, ParameterDescription>>;
  /**
   * The request body, for the description only (`request-schemas.ts`): bodies are read leniently by
   * `RouteRequest.message`.
   */
  readonly body?: ZodType;
  /** The body is not JSON: it is handed over as it came (`bytes`) and never parsed. */
  readonly rawBody?: boolean;
  /** Largest body, in bytes; 4 MiB unless told. */
  readonly bodyLimit?: number;
  /** Pages of other origins may not even ask for it, unless they are named. */
  readonly ownPages?: boolean;
  /** Also answers every other method (only `/metrics` does). */
  readonly anyMethod?: boolean;
  /** Status → answer, errors left out. */
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** Statuses of errors beside those that follow from method, path and access (`openapi-errors.ts`). */
  readonly errors?: readonly number[];
  /** Tells whether it can be answered at all as authentication is configured: what cannot be is not described. */
  readonly isAvailable?: (config: AuthenticationConfig) => boolean;
  /** @throws VexilError, mapped to status and body by `error-response.ts` */
  handle(request: RouteRequest): Answer | Promise<Answer>;
}

/** A route without its handler, for what only needs to know of it. */
export type RouteDescription = Omit<Route, "handle">;

/** A request as handlers see it: routed, parsed and authenticated. */
export interface RouteRequest {
  readonly method: string;
  /** Percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Uint8Array;
  /** The body as a message (an empty body and `null` are an empty one). */
  readonly message: Message;
  /** The caller; undefined when no credential was needed. */
  readonly principal: Principal | undefined;
  /** Rights of the caller. */
  readonly rights: RequestRights;
  /** They go with the write to commit, push and sinks. */
  readonly ids: RequestIds;
  /** Key by which the client is counted: its address. */
  readonly client: string;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** JSON (`body`, undefined members left out), text, or a stream, which writes the answer by itself. */
export type Answer = {
  readonly status: number;
  /** Values of `Set-Cookie`. */
  readonly cookies?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
} & (
  | { readonly body: unknown }
  | { readonly text: string; readonly contentType: string }
  | { readonly open: (response: ServerResponse) => void }
);

/** A parameter of the path. It is there because the route was matched by it. */
export function param(request: RouteRequest, name: string): string {
  return request.params[name] ?? "";
}
