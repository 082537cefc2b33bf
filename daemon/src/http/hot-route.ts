import { asksForPretty, type RequestTarget, requestTarget } from "./request-target.js";

/** Request that a URL of the hot path makes. */
export type HotRoute = {
  readonly method: "GET" | "POST";
  /** True if the query asks for an indented answer. */
  readonly pretty: boolean;
} & (
  | { readonly type: "boolean" | "variant" | "batch" | "ofrep-bulk" }
  | { readonly type: "ofrep-flag"; readonly key: string }
  | { readonly type: "snapshot"; readonly environment: string | undefined; readonly namespace: string }
  | {
      readonly type: "stream" | "ofrep-stream";
      readonly environment: string;
      readonly namespace: string;
      readonly query: string;
    }
);

const KEPT_URLS = 1000;
const LONGEST_KEPT = 512;

/** Reads URLs; clients ask for the same few over and over, so what they mean is kept. */
export class HotRoutes {
  readonly #known = new Map<string, HotRoute>();

  /** @returns undefined if the URL is not of the hot path */
  find(url: string): HotRoute | undefined {
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    const target = requestTarget(url);
    const route = target === undefined ? undefined : routeOf(target);
    if (route === undefined || url.length > LONGEST_KEPT) return route;
    if (this.#known.size >= KEPT_URLS) this.#known.clear();
    this.#known.set(url, route);
    return route;
  }
}

function routeOf(target: RequestTarget): HotRoute | undefined {
  const { segments } = target;
  const pretty = asksForPretty(target.query);
  switch (segments[0]) {
    case "evaluate":
      return evaluation(segments, pretty);
    case "ofrep":
      return ofrep(target, pretty);
    case "client":
      return client(target, pretty);
    case "internal":
      return legacySnapshot(target, pretty);
    default:
      return undefined;
  }
}

function evaluation(segments: readonly string[], pretty: boolean): HotRoute | undefined {
  const [, version, type] = segments;
  if (version !== "v1" || segments.length !== 3) return undefined;
  return type === "boolean" || type === "variant" || type === "batch" ? { method: "POST", pretty, type } : undefined;
}

function ofrep({ segments, query }: RequestTarget, pretty: boolean): HotRoute | undefined {
  const [, version, verb, second, third, fourth] = segments;
  if (version !== "v1") return undefined;
  if (verb === "evaluate" && second === "flags") {
    if (segments.length === 4) return { method: "POST", pretty, type: "ofrep-bulk" };
    return segments.length === 5 && third ? { method: "POST", pretty, type: "ofrep-flag", key: third } : undefined;
  }
  if (verb !== "_stream" || !second || !third || fourth !== "events" || segments.length !== 6) return undefined;
  return { method: "GET", pretty, type: "ofrep-stream", environment: second, namespace: third, query };
}

function client({ segments, query }: RequestTarget, pretty: boolean): HotRoute | undefined {
  const [, version, environments, environment, namespaces, namespace, what] = segments;
  if (version !== "v2" || environments !== "environments" || namespaces !== "namespaces") return undefined;
  if (!environment || !namespace || segments.length !== 7) return undefined;
  if (what === "snapshot") {
    return namesPast(query) ? undefined : { method: "GET", pretty, type: "snapshot", environment, namespace };
  }
  return what === "stream" ? { method: "GET", pretty, type: "stream", environment, namespace, query } : undefined;
}

function legacySnapshot({ segments, query }: RequestTarget, pretty: boolean): HotRoute | undefined {
  const [, version, family, snapshot, namespaces, namespace] = segments;
  if (version !== "v1" || family !== "evaluation" || snapshot !== "snapshot") return undefined;
  if (namespaces !== "namespace" || !namespace || segments.length !== 6 || namesPast(query)) return undefined;
  const environment = new URLSearchParams(query).get("environmentKey") ?? undefined;
  return { method: "GET", pretty, type: "snapshot", environment, namespace };
}

/** A past state may have to be built first. */
function namesPast(query: string): boolean {
  return query.includes("at") && (new URLSearchParams(query).get("at") ?? "") !== "";
}
