import type { IncomingMessage, ServerResponse } from "node:http";
import { VexilError } from "@vexil/plugin-api/errors";
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from "fastify";
import type { ColdHandler } from "./cold-handler.js";
import type { ConsolePages } from "./console/console-pages.js";
import { errorStatus, methodError, notFoundError, targetError } from "./error-response.js";
import { countRequest } from "./reads/route-counts.js";
import { isApiPath, isGitPath, type RequestTarget, requestTarget } from "./request-target.js";
import type { Route, RouteDescription } from "./route.js";
import { type RouteHandlerOptions, runRoute } from "./route-handler.js";
import { RouteTable } from "./route-table.js";
import { readRoutes } from "./routes/reads.js";
import { sendText } from "./send-answer.js";
import { sendProblem } from "./send-problem.js";

/**
 * Routes through fastify: it finds the route; body, errors and answers are the routes' own. What no route answers may be
 * a page.
 */
export async function coldRoutes(
  routes: readonly Route[],
  options: RouteHandlerOptions & { readonly pages: ConsolePages },
): Promise<ColdHandler> {
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
  const bodies = new WeakMap<IncomingMessage, Buffer>();
  app.addContentTypeParser("*", (request, _payload, done) => done(null, bodies.get(request.raw)));
  const table = new RouteTable<RouteDescription>([...readRoutes, ...routes]);
  for (const route of routes) {
    app.route({
      method: route.anyMethod === true ? ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] : route.method,
      url: route.path.replace(/\{(\w+)\}/g, ":$1"),
      handler: (request, reply) => {
        reply.hijack();
        return runRoute(route, routedRequest(request, reply), options);
      },
    });
  }
  const refuseUnrouted = (
    request: IncomingMessage,
    response: ServerResponse,
    url: string = request.url ?? "/",
  ): void => {
    const target = requestTarget(url);
    const page =
      target && !isApiPath(target.path) && !isGitPath(target.path)
        ? options.pages.answer(request, response, target)
        : undefined;
    const finish = (answered?: number): void => {
      if (response.destroyed) return;
      const status = answered ?? unrouted(table, target, request, response);
      countRequest(options.tally, "", request.method ?? "", status);
    };
    if (page === undefined) finish();
    else void page.then(finish);
  };
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    refuseUnrouted(request.raw, reply.raw, request.originalUrl);
  });
  app.setErrorHandler<FastifyError | VexilError>((error, request, reply) => refuse(error, request, reply));
  await app.ready();
  return (request, response, body) => {
    bodies.set(request, body);
    // The content type says nothing, so fastify must not judge by it.
    delete request.headers["content-type"];
    const target = requestTarget(request.url ?? "/");
    // The router takes an empty piece for a parameter, and the way in has found no route there to judge by.
    const isRouted = target !== undefined && table.match(target.segments) !== undefined;
    if (isRouted && METHODS.has(request.method ?? "")) app.routing(request, response);
    else refuseUnrouted(request, response);
  };
}

/** The router takes no others: they are wrong everywhere. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

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
  // Never routed as it came: the router reads such targets in its own way.
  if (target === undefined) return "/";
  const path = target.segments.map(encodeURIComponent).join("/");
  return target.query === "" ? `/${path}` : `/${path}?${target.query}`;
}

const NOT_FOUND = "404 page not found\n";
/** For whoever opens the bare address in a browser; elsewhere the answer stays the compatible system's. */
const SIGNPOST = `Vexil is here. Browsers find its console here, unless ui.enabled is false. What there is besides:
  /openapi.json  the description of the HTTP API
  /health        whether it is well
  /api/status    the state of each storage
  /docs          the manual, likewise for browsers
  README.md      in its folder, how to start and what to try
`;

/**
 * Unknown paths and wrong methods.
 * @returns the answer's status
 */
function unrouted(
  table: RouteTable<RouteDescription>,
  target: RequestTarget | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): number {
  if (target === undefined) return problem(request, response, targetError());
  if (!isApiPath(target.path) && !isGitPath(target.path)) {
    const text = target.path === "/" ? `${NOT_FOUND}\n${SIGNPOST}` : NOT_FOUND;
    sendText(request, response, 404, "text/plain; charset=utf-8", text);
    return 404;
  }
  // The OFREP stream is not one of the routes that tell a wrong method.
  const known = !target.path.startsWith("/ofrep/v1/_stream/") && table.match(target.segments) !== undefined;
  return problem(request, response, known ? methodError() : notFoundError());
}

function problem(request: IncomingMessage, response: ServerResponse, error: VexilError): number {
  sendProblem(request, response, error);
  return errorStatus(error).status;
}

function refuse(error: FastifyError | VexilError, request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  const shown = VexilError.is(error)
    ? error
    : new VexilError("VEXIL_VALIDATION_REQUEST", "the request cannot be read: is its path encoded rightly?", {
        cause: error,
      });
  sendProblem(request.raw, reply.raw, shown);
}
