import type { Route } from "../route.js";
import { type CallCounts, countedCall } from "./counted-call.js";

const MANAGEMENT = "/api/v2/environments";

/** The same routes, every management read among them counted as a view. */
export function countedViews(routes: readonly Route[], counts: CallCounts): readonly Route[] {
  return routes.map((route) => {
    const isManagement = route.path === MANAGEMENT || route.path.startsWith(`${MANAGEMENT}/`);
    if (!isManagement || route.method !== "GET") return route;
    return {
      ...route,
      handle: (request) => countedCall(counts, "view", request.params.environment, () => route.handle(request)),
    };
  });
}
