/** The path and query of a request, decoded as routing wants it. */
export interface RequestTarget {
  /** Percent-decoded, one trailing slash stripped. */
  readonly path: string;
  /** `path` split at its slashes, the empty one before the first left out. */
  readonly segments: readonly string[];
  /** Without the question mark. */
  readonly query: string;
}

/**
 * Every decision about a request goes by this reading of its target, so what it cannot read is refused and read by
 * nobody else.
 * @returns undefined for what begins with no slash, has a fragment, or is malformed percent-encoding
 */
export function requestTarget(url: string): RequestTarget | undefined {
  const start = pathStart(url);
  // Clients keep fragments to themselves (RFC 9112 §3.2), and readers differ on where the path ends before one.
  if (start === undefined || url.includes("#")) return undefined;
  const mark = url.indexOf("?", start);
  const raw = url.slice(start, mark === -1 ? undefined : mark);
  const decoded = decodedPath(raw);
  if (decoded === undefined) return undefined;
  let path = decoded;
  if (path.length > 1 && path.endsWith("/") && path !== "/health/") path = path.slice(0, -1);
  return { path, segments: path.slice(1).split("/"), query: mark === -1 ? "" : url.slice(mark + 1) };
}

/**
 * The bytes that are encoded are UTF-8, and what is none names nothing.
 * @returns undefined for a percent sign without two hexadecimal digits
 */
function decodedPath(raw: string): string | undefined {
  if (!raw.includes("%")) return raw;
  if (/%(?![0-9a-f]{2})/i.test(raw)) return undefined;
  const bytes = raw.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** Where the path begins: requests through a proxy name the whole URL, and the bare `*` means no path at all. */
function pathStart(url: string): number | undefined {
  if (url.startsWith("/") || url === "*") return 0;
  return /^https?:\/\/[^/?]*/i.exec(url)?.[0].length;
}

const PREFIXES = [
  "/evaluate/v1",
  "/client/v2",
  "/internal/v1",
  "/internal/v2",
  "/ofrep",
  "/api/v1",
  "/api/v2/environments",
  "/api/v2/events",
  "/api/v2/storages",
  "/api/v2/usage",
  "/api/status",
  "/api/storages",
  "/auth/v1",
  "/meta",
  "/health",
  "/metrics",
  "/hooks",
  "/openapi.json",
  "/schemas",
] as const;

/** Tells whether errors of this path are JSON; elsewhere an unknown path is a plain-text 404. */
export function isApiPath(path: string): boolean {
  return PREFIXES.some(
    (prefix) => path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/"),
  );
}

/** Tells whether git clients come by this path: errors are plain text there, which they print. */
export function isGitPath(path: string): boolean {
  return path.startsWith("/git/");
}

const ADMIN_PATHS: ReadonlySet<string> = new Set([
  "/health",
  "/health/live",
  "/health/ready",
  "/metrics",
  "/api/status",
]);

/** Tells whether a path is one that `server.admin` moves. */
export function isAdminPath(path: string): boolean {
  return ADMIN_PATHS.has(path);
}

/** Tells whether `?pretty` (any value, also bare) is among the query's parameters. */
export function asksForPretty(query: string): boolean {
  return query.includes("pretty") && new URLSearchParams(query).has("pretty");
}
