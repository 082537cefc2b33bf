import { queryOptions, useQuery } from "@tanstack/react-query";
import { useAbsentRoutes } from "./absent-routes.js";
import { ApiError, errorOf } from "./api-error.js";
import { BASE } from "./base.js";
import { ENVIRONMENT, NAMESPACE, RESOURCES } from "./routes.js";
import { heldToken } from "./token.js";

const ROLLBACK = `${ENVIRONMENT}/rollback`;
/** A server that did not tell is asked again so soon. */
const AGAIN_MS = 5_000;
/** Stands among the paths where writes can be tried. */
const DRY_RUN = "dryRun";

/** Paths that the server describes; none where it describes nothing, as the compatible one. */
const pathsQuery = queryOptions({
  queryKey: ["paths"],
  staleTime: Number.POSITIVE_INFINITY,
  refetchInterval: ({ state }: { readonly state: { readonly status: string } }) =>
    state.status === "error" ? AGAIN_MS : false,
  queryFn: async ({ signal }): Promise<readonly string[]> => {
    const token = heldToken();
    const headers: HeadersInit = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const response = await fetch(`${BASE}openapi.json`, { signal, headers });
    if (response.status === 401) throw new ApiError(401, "not logged in");
    if (response.status >= 500 && response.status !== 501) throw errorOf(response, undefined);
    if (!response.ok) return [];
    // Some servers answer with a page to whatever they do not know.
    const { paths = {} }: { readonly paths?: Readonly<Record<string, unknown>> } = await response
      .json()
      .catch(() => ({}));
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

/** Routes that each feature asks; it is there while all are. */
const ROUTES = {
  history: [`${NAMESPACE}/history`, `${RESOURCES}/{type}/{key}/history`, `${ENVIRONMENT}/compare`],
  explain: ["/evaluate/v1/explain"],
  status: ["/api/status"],
  events: ["/api/v2/events"],
  lastChanges: [`${NAMESPACE}/last-changes`],
  usage: [`${NAMESPACE}/usage`],
  rights: [`${NAMESPACE}/rights`],
  branches: [`${ENVIRONMENT}/branches`],
  previews: [DRY_RUN],
} as const;

/** Tells what the server can do beyond what the compatible one can. */
export function useFeatures(): Features {
  const { data = [], isSuccess } = useQuery(pathsQuery);
  const absent = useAbsentRoutes();
  const has = (feature: keyof typeof ROUTES): boolean =>
    ROUTES[feature].every((route) => data.includes(route) && !absent.has(route));
  return {
    isKnown: isSuccess,
    history: has("history"),
    explain: has("explain"),
    status: has("status"),
    events: has("events"),
    lastChanges: has("lastChanges"),
    usage: has("usage"),
    rights: has("rights"),
    branches: has("branches"),
    previews: has("previews"),
  };
}
