import { infiniteQueryOptions } from "@tanstack/react-query";
import { bodyOf, client } from "./client.js";
import { ENVIRONMENT, NAMESPACE, RESOURCES } from "./routes.js";
import { FLAG, type Place, SEGMENT } from "./types.js";

const PAGE = "20";

/** Part of a place: one flag, one segment, or its environment with all namespaces; else the namespace. */
export interface Scope {
  readonly flag?: string | undefined;
  readonly segment?: string | undefined;
  readonly all?: true | undefined;
}

/** Type and key of the item that a scope is of. */
export function itemOf({ flag, segment }: Scope): { readonly type: string; readonly key: string } | undefined {
  if (flag !== undefined) return { type: FLAG, key: flag };
  return segment === undefined ? undefined : { type: SEGMENT, key: segment };
}

/** Commits that changed what a scope has; newest first. */
export const historyQuery = ({ environment, namespace }: Place, scope: Scope = {}) =>
  infiniteQueryOptions({
    queryKey: ["history", environment, namespace, scope],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(pageParam === "" ? {} : { pageToken: pageParam }) };
      const item = itemOf(scope);
      if (item !== undefined) {
        const params = { path: { environment, namespace, ...item }, query };
        return bodyOf(client.GET(`${RESOURCES}/{type}/{key}/history`, { params, signal }));
      }
      if (scope.all) {
        return bodyOf(client.GET(`${ENVIRONMENT}/history`, { params: { path: { environment }, query }, signal }));
      }
      const params = { path: { environment, namespace }, query };
      return bodyOf(client.GET(`${NAMESPACE}/history`, { params, signal }));
    },
    getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
  });
