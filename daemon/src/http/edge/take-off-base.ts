import type { IncomingMessage } from "node:http";

/**
 * Has a request look as it would at the top: the path below which a proxy shows the daemon is taken off where the proxy
 * leaves it, and told in the header by which others tell it, whatever that said.
 */
export function takeOffBase(request: IncomingMessage, basePath: string): void {
  request.headers["x-forwarded-prefix"] = basePath;
  const url = request.url ?? "/";
  if (!url.startsWith(basePath)) return;
  const rest = url.slice(basePath.length);
  if (rest === "" || rest.startsWith("?")) request.url = `/${rest}`;
  else if (rest.startsWith("/")) request.url = rest;
}
