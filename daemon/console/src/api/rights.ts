import { queryOptions, useQuery } from "@tanstack/react-query";
import { hasStatus } from "./api-error.js";
import { bodyOf, client } from "./client.js";
import { useFeatures } from "./features.js";
import type { Place } from "./types.js";

const STAYS_MS = 30_000;

/** Rights of the caller to change things; null where the server does not tell. */
const rightsQuery = ({ environment, namespace }: Place) =>
  queryOptions({
    queryKey: ["rights", environment, namespace],
    staleTime: STAYS_MS,
    queryFn: async ({ signal }) => {
      const path = "/api/v2/environments/{environment}/namespaces/{namespace}/rights";
      try {
        return await bodyOf(client.GET(path, { params: { path: { environment, namespace } }, signal }));
      } catch (error) {
        if (hasStatus(error, 403, 404, 501)) return null;
        throw error;
      }
    },
  });

export type Change = "create" | "update" | "delete" | "branch" | "delete branch";

/** Why the caller may not change something of a place; undefined if it may, and where nobody knows: it is told then. */
export function useRefusal(place: Place, change: Change): string | undefined {
  const { rights } = useFeatures();
  const { data } = useQuery({ ...rightsQuery(place), enabled: rights && place.namespace !== "" });
  if (data === undefined || data === null) return undefined;
  const { environment, namespace } = place;
  if (change === "branch" || change === "delete branch") {
    const may = change === "branch" ? data.branch.create : data.branch.delete;
    return may
      ? undefined
      : `You have no right to ${change === "branch" ? "branch" : "delete branches of"} ${environment}.`;
  }
  return data.write[change] ? undefined : `You have no right to ${change} anything in ${namespace} of ${environment}.`;
}
