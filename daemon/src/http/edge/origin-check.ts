import type { IncomingMessage } from "node:http";
import type { CorsConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import { matchesOrigin } from "../cors.js";
import { type Authority, parseAuthority, targetAuthority } from "./authority.js";

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: "80", https: "443" };

/**
 * Refuses a request, such as one to change something, that a page of another origin sent: browsers send such requests for any page,
 * without asking first where the body is plain text. What is no browser sends neither `Origin` nor `Sec-Fetch-Site`.
 * @throws VexilError VEXIL_REFUSED_ORIGIN
 */
export function refuseForeignPage(
  request: IncomingMessage,
  { allowedOrigins }: CorsConfig,
  trustedOrigins: readonly string[] = [],
): void {
  const { origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  if (origin !== undefined && origin !== "null" && isNamed([...allowedOrigins, ...trustedOrigins], origin)) return;
  const isSame = site === undefined || site === "same-origin" || site === "none";
  if (isSame && (origin === undefined || isOwnOrigin(request, origin))) return;
  const page = origin === undefined ? "a page of another site" : `a page of ${JSON.stringify(origin.slice(0, 200))}`;
  throw new VexilError(
    "VEXIL_REFUSED_ORIGIN",
    `${page} may not do this here; an origin that shall belongs into cors.allowed_origins by its name`,
  );
}

/** The bare `*` lets pages read; it names nobody. */
function isNamed(allowed: readonly string[], origin: string): boolean {
  return matchesOrigin(
    allowed.filter((entry) => entry !== "*"),
    origin,
  );
}

/**
 * Tells whether the page came from where the request went. Not by the scheme: what speaks TLS may stand before the
 * daemon.
 */
function isOwnOrigin(request: IncomingMessage, origin: string): boolean {
  const match = /^(https?):\/\/(.+)$/i.exec(origin);
  const [, scheme = "", text = ""] = match ?? [];
  const page = parseAuthority(text);
  const asked = parseAuthority(targetAuthority(request.url ?? "/") ?? request.headers.host ?? "");
  if (page === undefined || asked === undefined) return false;
  const portOf = ({ port }: Authority): string => port || (DEFAULT_PORTS[scheme.toLowerCase()] ?? "");
  return page.name === asked.name && portOf(page) === portOf(asked);
}
