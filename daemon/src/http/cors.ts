import type { IncomingMessage, ServerResponse } from "node:http";
import type { CorsConfig } from "@vexil/config/config";

const METHODS = new Set(["GET", "POST", "PUT", "DELETE", "OPTIONS"]);

/**
 * Sets the CORS headers of a response (`@fastify/cors` answers preflights differently and does not
 * reach the routes that are served before fastify).
 * @returns true if the request was a preflight and has been answered
 */
export function applyCors(config: CorsConfig, request: IncomingMessage, response: ServerResponse): boolean {
  if (!config.enabled) return false;
  const { origin } = request.headers;
  const wantedMethod = request.headers["access-control-request-method"]?.toUpperCase();
  response.appendHeader("Vary", "Origin");
  if (request.method !== "OPTIONS" || origin === undefined || wantedMethod === undefined) {
    if (origin !== undefined && METHODS.has(request.method ?? "") && isAllowedOrigin(config, origin)) {
      response.setHeader("Access-Control-Allow-Origin", answeredOrigin(config, origin));
      response.setHeader("Access-Control-Allow-Credentials", "true");
      response.setHeader("Access-Control-Expose-Headers", "Link, Etag");
    }
    return false;
  }
  response.appendHeader("Vary", ["Access-Control-Request-Method", "Access-Control-Request-Headers"]);
  const wantedHeaders = (request.headers["access-control-request-headers"] ?? "")
    .toString()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (isAllowedOrigin(config, origin) && METHODS.has(wantedMethod) && areAllowedHeaders(config, wantedHeaders)) {
    response.setHeader("Access-Control-Allow-Origin", answeredOrigin(config, origin));
    response.setHeader("Access-Control-Allow-Methods", wantedMethod);
    if (wantedHeaders.length > 0) response.setHeader("Access-Control-Allow-Headers", wantedHeaders.join(", "));
    response.setHeader("Access-Control-Allow-Credentials", "true");
    response.setHeader("Access-Control-Max-Age", "300");
  }
  response.writeHead(200, { "Content-Length": "0" }).end();
  return true;
}

function answeredOrigin(config: CorsConfig, origin: string): string {
  return config.allowedOrigins.includes("*") ? "*" : origin;
}

const isAllowedOrigin = ({ allowedOrigins }: CorsConfig, origin: string): boolean =>
  matchesOrigin(allowedOrigins, origin);

/** Tells whether an origin is one of those listed: in any case, with one `*` in an entry for any run of characters. */
export function matchesOrigin(allowedOrigins: readonly string[], origin: string): boolean {
  const asked = origin.toLowerCase();
  return allowedOrigins.some((entry) => {
    const allowed = entry.toLowerCase();
    const star = allowed.indexOf("*");
    if (star === -1) return allowed === asked;
    const before = allowed.slice(0, star);
    const after = allowed.slice(star + 1);
    return asked.length >= before.length + after.length && asked.startsWith(before) && asked.endsWith(after);
  });
}

function areAllowedHeaders(config: CorsConfig, wanted: readonly string[]): boolean {
  const allowed = new Set(config.allowedHeaders.map((name) => name.toLowerCase()));
  return wanted.every((name) => allowed.has("*") || allowed.has(name.toLowerCase()) || name.toLowerCase() === "origin");
}
