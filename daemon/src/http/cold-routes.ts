import type { IncomingMessage, ServerResponse } from "node:http";
import { VexilError } from "@vexil/core";
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from "fastify";
import { errorBody, errorHeaders, errorStatus, methodError, notFoundError } from "./error-response.js";
import { isApiPath, requestTarget } from "./request-target.js";
import type { Route } from "./route.js";
import { type RouteHandlerOptions, runRoute } from "./route-handler.js";
import { RouteTable } from "./route-table.js";
import { sendJson, sendText } from "./send-answer.js";

const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** Answers a request on everything that is not served before fastify. */
export type ColdRoutes = (request: IncomingMessage, response: ServerResponse) => void;

/** Routes through fastify: it finds the route and collects the body; body, errors and answers are the routes' own. */
export async function coldRoutes(routes: readonly Route[], options: RouteHandlerOptions): Promise<ColdRoutes> {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 8192, ignoreTrailingSlash: false },
    // A path is decoded before it is split, so what reaches the router is split already and encoded piece by piece.
    rewriteUrl: (request) => routerUrl(request.url ?? "/"),
    frameworkErrors: (error, request, reply) => refuse(error, request, reply),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  const table = new RouteTable(routes);
  for (const route of routes) {
    app.route({
      method: route.anyMethod === true ? ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] : route.method,
      url: route.path.replace(/\{(\w+)\}/g, ":$1"),
      ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
      handler: (request, reply) => {
        reply.hijack();
        return runRoute(route, routedRequest(request, reply), options);
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    unrouted(table, request.raw, reply.raw);
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => refuse(error, request, reply));
  await app.ready();
  return (request, response) => {
    // The content type says nothing (`http-api.md` §1.2), so fastify must not judge by it.
    delete request.headers["content-type"];
    app.routing(request, response);
  };
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
export function unrouted(table: RouteTable, request: IncomingMessage, response: ServerResponse): void {
  const target = requestTarget(request.url ?? "/");
  if (target === undefined || !isApiPath(target.path)) {
    sendText(request, response, target === undefined ? 400 : 404, "text/plain; charset=utf-8", "404 page not found\n");
    return;
  }
  sendProblem(request, response, table.match(target.segments) === undefined ? notFoundError() : methodError());
}

function refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  const tooLarge = error.statusCode === 413;
  // What is left of the body is not read, so the connection cannot be used again.
  reply.raw.setHeader("Connection", "close");
  sendProblem(
    request.raw,
    reply.raw,
    tooLarge
      ? new VexilError("VEXIL_VALIDATION_BODY_SIZE", "the request body is larger than 4 MiB")
      : new VexilError("VEXIL_VALIDATION_REQUEST", "the request cannot be read"),
  );
}

function sendProblem(request: IncomingMessage, response: ServerResponse, error: VexilError): void {
  sendJson(request, response, errorStatus(error).status, JSON.stringify(errorBody(error)), errorHeaders(error));
}
