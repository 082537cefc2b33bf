import { queryOptions, useQuery } from "@tanstack/react-query";
import { ApiError } from "./api-error.js";
import { BASE } from "./base.js";
import { heldToken } from "./token.js";

const ROLLBACK = "/api/v2/environments/{environment}/rollback";
/** Stands among the paths where writes can be tried. */
const DRY_RUN = "dryRun";

/** Paths that the server describes; none where it describes nothing, as the compatible one. */
const pathsQuery = queryOptions({
  queryKey: ["paths"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal }): Promise<readonly string[]> => {
    const token = heldToken();
    const headers: HeadersInit = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const response = await fetch(`${BASE}openapi.json`, { signal, headers });
    if (response.status === 401) throw new ApiError(401, "not logged in");
    if (!response.ok) return [];
    const { paths = {} } = (await response.json()) as { readonly paths?: Readonly<Record<string, unknown>> };
    // A server that does not know the word would do what it is to show.
    const isKnown = JSON.stringify(paths[ROLLBACK] ?? "").includes(`"${DRY_RUN}"`);
    return [...Object.keys(paths), ...(isKnown ? [DRY_RUN] : [])];
  },
});

export interface Features {
  /** False until the server was asked. */
  readonly isKnown: boolean;
  readonly history: boolean;
  readonly explain: boolean;
  readonly status: boolean;
  readonly events: boolean;
  readonly lastChanges: boolean;
  readonly usage: boolean;
  readonly branches: boolean;
  readonly rights: boolean;
  /** A write can be shown before it is made, and has a message. */
  readonly previews: boolean;
}

/** Tells what the server can do beyond what the compatible one can. */
export function useFeatures(): Features {
  const { data = [], isSuccess } = useQuery(pathsQuery);
  return {
    isKnown: isSuccess,
    history: data.includes("/api/v2/environments/{environment}/namespaces/{namespace}/history"),
    explain: data.includes("/evaluate/v1/explain"),
    status: data.includes("/api/status"),
    events: data.includes("/api/v2/events"),
    lastChanges: data.includes("/api/v2/environments/{environment}/namespaces/{namespace}/last-changes"),
    usage: data.includes("/api/v2/environments/{environment}/namespaces/{namespace}/usage"),
    rights: data.includes("/api/v2/environments/{environment}/namespaces/{namespace}/rights"),
    branches: data.includes("/api/v2/environments/{environment}/branches"),
    previews: data.includes(DRY_RUN),
  };
}
