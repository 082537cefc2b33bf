import { queryOptions, useQuery } from "@tanstack/react-query";
import { bodyOrNull, client } from "./client.js";
import { useFeatures } from "./features.js";
import { placeWords } from "./place-words.js";
import { NAMESPACE } from "./routes.js";
import type { Place } from "./types.js";

const STAYS_MS = 30_000;

/** Rights of the caller to change things; null where the server does not tell. */
const rightsQuery = ({ environment, namespace }: Place) =>
  queryOptions({
    queryKey: ["rights", environment, namespace],
    staleTime: STAYS_MS,
    queryFn: ({ signal }) =>
      bodyOrNull(client.GET(`${NAMESPACE}/rights`, { params: { path: { environment, namespace } }, signal })),
  });

export type Change = "create" | "update" | "delete" | "branch" | "delete branch";

/** Why the caller may not change something of a place; undefined if it may, and where nobody knows: it is told then. */
export function useRefusal(place: Place, change: Change): string | undefined {
  const { rights } = useFeatures();
  const { data } = useQuery({ ...rightsQuery(place), enabled: rights && place.namespace !== "" });
  if (data === undefined || data === null) return undefined;
  const { environment } = place;
  if (change === "branch" || change === "delete branch") {
    const may = change === "branch" ? data.branch.create : data.branch.delete;
    return may
      ? undefined
      : `You have no right to ${change === "branch" ? "branch" : "delete branches of"} ${environment}.`;
  }
  return data.write[change] ? undefined : `You have no right to ${change} anything in ${placeWords(place)}.`;
}
