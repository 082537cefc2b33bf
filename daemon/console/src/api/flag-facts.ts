import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { bodyOrNull, client } from "./client.js";
import { useFeatures } from "./features.js";
import { NAMESPACE } from "./routes.js";
import type { Place } from "./types.js";

/** Counts of evaluations grow all the time; a list need not show each. */
const COUNTED_MS = 60_000;

/** Facts about a flag that are not in its file. */
export interface FlagFacts {
  readonly changed?: { readonly time: string; readonly by: string };
  readonly made?: { readonly time: string; readonly by: string };
  /** Of the last 30 days; undefined where they are not counted. */
  readonly evaluations?: number;
}

const lastChangesQuery = ({ environment, namespace }: Place) =>
  queryOptions({
    queryKey: ["history", environment, namespace, "last changes"],
    queryFn: ({ signal }) =>
      bodyOrNull(client.GET(`${NAMESPACE}/last-changes`, { params: { path: { environment, namespace } }, signal })),
  });

/** Evaluations of the last days; null where nobody counts them, or tells. */
export const usageQuery = ({ environment, namespace }: Place) =>
  queryOptions({
    queryKey: ["usage", environment, namespace],
    staleTime: COUNTED_MS,
    refetchInterval: COUNTED_MS,
    queryFn: ({ signal }) =>
      bodyOrNull(client.GET(`${NAMESPACE}/usage`, { params: { path: { environment, namespace } }, signal })),
  });

export interface KnownFacts {
  readonly facts: ReadonlyMap<string, FlagFacts>;
  readonly hasChanges: boolean;
  readonly hasCounts: boolean;
  /** Flags without a change were changed before; undefined: nothing is known of them. */
  readonly since: string | undefined;
}

/** Facts about the flags of a place. @param isReady what matters more is there: they come after it */
export function useFlagFacts(place: Place, isReady: boolean): KnownFacts {
  const { lastChanges, usage } = useFeatures();
  const { data: changes } = useQuery({ ...lastChangesQuery(place), enabled: isReady && lastChanges });
  const { data: counts } = useQuery({ ...usageQuery(place), enabled: isReady && usage });
  return useMemo(() => {
    const facts = new Map<string, FlagFacts>();
    for (const { key, evaluations, countedSince } of counts?.flags ?? []) {
      if (countedSince !== undefined) facts.set(key, { evaluations });
    }
    for (const { key, changed, made } of changes?.flags ?? []) {
      facts.set(key, { ...facts.get(key), changed, ...(made === undefined ? {} : { made }) });
    }
    return { facts, hasChanges: Boolean(changes), hasCounts: Boolean(counts), since: changes?.since };
  }, [changes, counts]);
}
