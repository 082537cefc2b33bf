import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { environmentsQuery } from "../api/queries.js";
import type { Place } from "../api/types.js";

/** The environment and namespace of the address; elsewhere those that one begins with. */
export function usePlace(): Place | undefined {
  const { environment, namespace } = useParams({ strict: false });
  const { data = [] } = useQuery(environmentsQuery);
  if (environment !== undefined && namespace !== undefined) return { environment, namespace };
  const first = data.find((one) => one.default) ?? data[0];
  return first && { environment: first.key, namespace: "default" };
}
