import { setTimeout as sleep } from "node:timers/promises";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { VexilError } from "@vexil/plugin-api/errors";
import type { EdgeRole } from "../../edge/edge-role.js";
import type { Upstream } from "../../edge/upstream.js";
import type { Answer, Route, RouteAction, RouteRequest } from "../route.js";

/** Time for which a change is waited for; then it is served a moment later. */
const SERVED_MS = 5_000;
/** Actions that change what the upstream has. */
const CHANGES: ReadonlySet<RouteAction> = new Set<RouteAction>(["write", "branch", "rollback"]);
/** Reads that writes are decided on. */
const READS =
  /^\/api\/v2\/environments\/\{environment\}\/namespaces\/\{namespace\}\/resources\/\{type\}(?:\/\{key\})?$/;
/** Such a read is answered from here when the upstream takes longer. */
const READ_BOUNDS = { silenceMs: 2_000, totalMs: 5_000 };

/** Parts of the daemon that forwarded requests need. */
export interface EdgeRoutesParts {
  readonly edge: EdgeRole | undefined;
  readonly snapshots: Pick<SnapshotReader, "get">;
  /** Polls a storage now. */
  readonly sync: (storage: string) => Promise<unknown> | undefined;
}

/** Routes as an edge answers them; of a daemon that is none they stay as they are. */
export function edgeRoutes(routes: readonly Route[], parts: EdgeRoutesParts): readonly Route[] {
  return routes.map((route) => {
    const isChange = route.method !== "GET" && CHANGES.has(route.action);
    const isRead = route.method === "GET" && READS.test(route.path);
    if (!isChange && !isRead) return route;
    const forward = isChange ? change : read;
    return {
      ...route,
      handle: (request) => {
        const upstream = parts.edge?.upstream;
        return upstream === undefined ? route.handle(request) : forward(route, request, upstream, parts);
      },
    };
  });
}

async function change(
  route: Route,
  request: RouteRequest,
  upstream: Upstream,
  { edge, snapshots, sync }: EdgeRoutesParts,
): Promise<Answer> {
  const { client } = upstream;
  if (upstream.edge.writes === "refuse") {
    throw new VexilError(
      "VEXIL_REFUSED_EDGE",
      `this daemon is an edge: make the change at its upstream, ${client.address} (edge.writes: forward passes changes on)`,
    );
  }
  const { forwardRequest } = await import("./forward-request.js");
  const { pushMs, totalMs } = upstream.edge.template.timeouts;
  const id = edge?.lineage.id ?? "";
  const bounds = { silenceMs: pushMs + totalMs, totalMs: pushMs + totalMs };
  const answer = await forwardRequest(client, { request, route: route.path, edge: id }, bounds);
  const storage = snapshots.get(request.params.environment ?? "")?.info.storage;
  if (answer.status >= 300 || storage === undefined) return answer;
  const served = sync(storage)?.catch(() => undefined);
  await Promise.race([served, sleep(SERVED_MS, undefined, { ref: false })]);
  return answer;
}

async function read(
  route: Route,
  request: RouteRequest,
  upstream: Upstream,
  { edge }: EdgeRoutesParts,
): Promise<Answer> {
  const isForwarded = upstream.edge.writes === "forward" && edge?.state?.isConnected === true;
  // States of the past are the same here.
  if (!isForwarded || request.query.has("at")) return route.handle(request);
  try {
    const { forwardRequest } = await import("./forward-request.js");
    const asked = { request, route: route.path, edge: edge.lineage.id };
    const answer = await forwardRequest(upstream.client, asked, READ_BOUNDS);
    if (answer.status === 200 || answer.status === 404) return answer;
  } catch {
    // The upstream is away, or knows the caller not: what is served here is an answer, too.
  }
  return route.handle(request);
}
