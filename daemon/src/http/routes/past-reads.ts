import { VexilError } from "@vexil/plugin-api/errors";
import type { PastReads } from "../past/past-reads.js";
import { param, type Route, type RouteRequest } from "../route.js";
import { readRoutes } from "./reads.js";

/** Reads of the hot path where they name a past state. They judge by themselves, as it does. */
export function pastReadRoutes(reads: PastReads): readonly Route[] {
  const route = (path: string, handle: Route["handle"]): Route => {
    const described = readRoutes.find((known) => known.path === path);
    if (described === undefined) throw new VexilError("VEXIL_INTERNAL_BUG", `no read is called ${path}`);
    return { ...described, place: "answer", handle };
  };
  const legacyEnvironment = ({ query }: RouteRequest): string | undefined => query.get("environmentKey") ?? undefined;
  return [
    route("/evaluate/v1/boolean", (request) => reads.evaluate("BOOLEAN_FLAG_TYPE", request)),
    route("/evaluate/v1/variant", (request) => reads.evaluate("VARIANT_FLAG_TYPE", request)),
    route("/evaluate/v1/batch", (request) => reads.evaluateBatch(request)),
    route("/client/v2/environments/{environment}/namespaces/{namespace}/snapshot", (request) =>
      reads.snapshot(request, param(request, "environment")),
    ),
    route("/internal/v1/evaluation/snapshot/namespace/{namespace}", (request) =>
      reads.snapshot(request, legacyEnvironment(request)),
    ),
  ];
}
