import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { bodyOf, client } from "./client.js";
import { said } from "./commit-message.js";
import type { Scope } from "./history.js";
import { askRollBack } from "./previews.js";
import { ENVIRONMENT } from "./routes.js";
import type { Comparison, Place } from "./types.js";

/** The revision that is served. */
export const SERVED = "HEAD";

interface Revisions {
  readonly base: string;
  readonly head: string;
}

/** Differences within a scope between two revisions. */
export const comparisonQuery = (place: Place, scope: Scope, { base, head }: Revisions) =>
  queryOptions({
    // What is served becomes another one with each change, as histories do.
    queryKey: ["history", place.environment, "comparison", place.namespace, scope, base, head],
    queryFn: async ({ signal }): Promise<Comparison> => {
      const namespace = scope.all ? {} : { namespace: place.namespace };
      const params = { path: { environment: place.environment }, query: { base, head, ...namespace } };
      return only(scope, await bodyOf(client.GET(`${ENVIRONMENT}/compare`, { params, signal })));
    },
  });

function only({ flag, segment }: Scope, comparison: Comparison): Comparison {
  const type = flag === undefined ? "segment" : "flag";
  const item = flag ?? segment;
  if (item === undefined) return comparison;
  return {
    ...comparison,
    changes: comparison.changes.filter((change) => change.type === type && change.key === item),
    affected: comparison.affected.filter((found) => type === "segment" || found.flag === item),
  };
}

/**
 * Puts an environment, a namespace or an item of it back to what it was at a revision.
 * @param upon the revision that it was compared with
 * @throws ApiError 409 if its files have changed since
 */
export async function rollBack(
  queries: QueryClient,
  place: Place,
  scope: Scope,
  { to, upon, message }: { readonly to: string; readonly upon: string; readonly message: string },
): Promise<void> {
  await askRollBack(place, scope, { to, revision: upon, ...said(message) });
  for (const what of ["flags", "segments", "history", "namespaces"]) {
    void queries.invalidateQueries({ queryKey: [what, place.environment] });
  }
}
