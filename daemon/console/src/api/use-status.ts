import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useFeatures } from "./features.js";
import { statusQuery } from "./queries.js";
import type { Status } from "./types.js";

/** The state of storages; null where the server tells none, here or to this caller. */
export function useStatus(): Pick<UseQueryResult<Status | null>, "data" | "error" | "refetch"> {
  const { status, isKnown } = useFeatures();
  const { data, error, refetch } = useQuery({ ...statusQuery, enabled: status });
  return { data: isKnown && !status ? null : data, error, refetch };
}
