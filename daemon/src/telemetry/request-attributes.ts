import type { IncomingMessage } from "node:http";
import type { Attributes } from "@opentelemetry/api";
import { requestTarget } from "../http/request-target.js";

/** Methods with a name of their own; others are a client's invention (semantic conventions of HTTP). */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]);

/** As it stands in the name of a span. */
export function requestMethod({ method = "" }: IncomingMessage): string {
  return METHODS.has(method) ? method : "HTTP";
}

/** All that is said of a request from its beginning, by the semantic conventions. */
export function requestAttributes(request: IncomingMessage, route: string | undefined): Attributes {
  const { method = "", url = "/", httpVersion, headers, socket } = request;
  const isKnown = METHODS.has(method);
  return {
    "http.request.method": isKnown ? method : "_OTHER",
    ...(isKnown ? {} : { "http.request.method_original": method.slice(0, 32) }),
    "url.path": requestTarget(url)?.path.slice(0, 1024) ?? "/",
    "url.scheme": "encrypted" in socket ? "https" : "http",
    "network.protocol.version": httpVersion === "2.0" ? "2" : httpVersion,
    ...(route === undefined ? {} : { "http.route": route }),
    ...(headers["user-agent"] === undefined ? {} : { "user_agent.original": headers["user-agent"].slice(0, 256) }),
  };
}
