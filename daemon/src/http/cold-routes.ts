import type { IncomingMessage, ServerResponse } from "node:http";
import { VexilError } from "@vexil/core";
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from "fastify";
import { methodError, notFoundError } from "./error-response.js";
import { BODY_LIMIT_BYTES, readBody } from "./read-body.js";
import { isApiPath, requestTarget } from "./request-target.js";
import type { Route } from "./route.js";
import { type RouteHandlerOptions, runRoute } from "./route-handler.js";
import { RouteTable } from "./route-table.js";
import { readRoutes } from "./routes/reads.js";
import { sendText } from "./send-answer.js";
import { sendProblem } from "./send-problem.js";

/** Answers a request on everything that is not served before fastify. */
export type ColdRoutes = (request: IncomingMessage, response: ServerResponse) => void;

/** Routes through fastify: it finds the route and collects the body; body, errors and answers are the routes' own. */
export async function coldRoutes(routes: readonly Route[], options: RouteHandlerOptions): Promise<ColdRoutes> {
  const app = fastify({
    exposeHeadRoutes: false,
    // Longer than a request line may be: a long name is one that does not exist, and no other path.
    routerOptions: { maxParamLength: 65_536, ignoreTrailingSlash: false },
    // A path is decoded before it is split, so what reaches the router is split already and encoded piece by piece.
    rewriteUrl: (request) => routerUrl(request.url ?? "/"),
    frameworkErrors: (error, request, reply) => refuse(error, request, reply),
    // No route has a schema: fastify's own compilers would only be loaded, 500 kB of code, and never asked.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (request, _payload, done) => {
    const limit = (request.routeOptions.config as { readonly bodyLimit?: number }).bodyLimit ?? BODY_LIMIT_BYTES;
    readBody(request.raw, limit, options.bodies, (error, body) => done(error ?? null, body));
  });
  const table = new RouteTable([...readRoutes, ...routes]);
  for (const route of routes) {
    app.route({
      method: route.anyMethod === true ? ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] : route.method,
      url: route.path.replace(/\{(\w+)\}/g, ":$1"),
      config: { bodyLimit: route.bodyLimit ?? BODY_LIMIT_BYTES },
      handler: (request, reply) => {
        reply.hijack();
        return runRoute(route, routedRequest(request, reply), options);
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    unrouted(table, request.originalUrl, request.raw, reply.raw);
  });
  app.setErrorHandler<FastifyError | VexilError>((error, request, reply) => refuse(error, request, reply));
  await app.ready();
  return (request, response) => {
    // The content type says nothing (`http-api.md` §1.2), so fastify must not judge by it.
    delete request.headers["content-type"];
    app.routing(request, response);
  };
}

function noCompiler(): never {
  throw new VexilError(
    "VEXIL_INTERNAL_BUG",
    "a route has a schema for fastify; routes check and write their bodies themselves",
  );
}

function routedRequest(request: FastifyRequest, reply: FastifyReply): Parameters<typeof runRoute>[1] {
  const url = request.originalUrl;
  const mark = url.indexOf("?");
  return {
    request: request.raw,
    response: reply.raw,
    params: request.params as Record<string, string>,
    query: mark === -1 ? "" : url.slice(mark + 1),
    body: request.body as Buffer | undefined,
  };
}

function routerUrl(url: string): string {
  const target = requestTarget(url);
  if (target === undefined) return url;
  const path = target.segments.map(encodeURIComponent).join("/");
  return target.query === "" ? `/${path}` : `/${path}?${target.query}`;
}

/** Unknown paths and wrong methods (`http-api.md` §1.4). */
function unrouted(table: RouteTable, url: string, request: IncomingMessage, response: ServerResponse): void {
  const target = requestTarget(url);
  if (target === undefined || !isApiPath(target.path)) {
    const [status, text] = target === undefined ? [400, "400 bad request\n"] : [404, "404 page not found\n"];
    sendText(request, response, status, "text/plain; charset=utf-8", text);
    return;
  }
  // The OFREP stream is not one of the routes that tell a wrong method (`http-api.md` §5).
  const known = !target.path.startsWith("/ofrep/v1/_stream/") && table.match(target.segments) !== undefined;
  sendProblem(request, response, known ? methodError() : notFoundError());
}

function refuse(error: FastifyError | VexilError, request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  // What is left of the body is not read, so the connection cannot be used again.
  reply.raw.setHeader("Connection", "close");
  const shown = VexilError.is(error)
    ? error
    : new VexilError("VEXIL_VALIDATION_REQUEST", "the request cannot be read: is its path encoded rightly?", {
        cause: error,
      });
  sendProblem(request.raw, reply.raw, shown);
}
