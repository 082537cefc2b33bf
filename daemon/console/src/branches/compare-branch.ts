import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { hasStatus } from "../api/api-error.js";
import { bodyOf, client } from "../api/client.js";
import { flagsQuery, namespacesQuery, segmentsQuery } from "../api/queries.js";
import { ENVIRONMENT } from "../api/routes.js";

/** An item that a branch has otherwise than its base. */
export interface BranchChange {
  readonly namespace: string;
  readonly type: "flag" | "segment";
  readonly key: string;
  /** As the base has it; undefined: not at all. */
  readonly before: object | undefined;
  readonly after: object | undefined;
}

type Items = ReadonlyMap<string, Omit<BranchChange, "before" | "after"> & { readonly value: object }>;

/** Differences between a branch and its base as both are served now, whichever of the two has gone on. */
export const comparisonQuery = (queries: QueryClient, base: string, branch: string) =>
  queryOptions({
    queryKey: ["comparison", base, branch],
    queryFn: async (): Promise<readonly BranchChange[]> => {
      const [old, now] = await Promise.all([itemsOf(queries, base), itemsOf(queries, branch)]);
      return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
        const [before, after] = [old.get(name), now.get(name)];
        const item = after ?? before;
        if (item === undefined || JSON.stringify(before?.value) === JSON.stringify(after?.value)) return [];
        const { namespace, type, key } = item;
        return [{ namespace, type, key, before: before?.value, after: after?.value }];
      });
    },
  });

async function itemsOf(queries: QueryClient, environment: string): Promise<Items> {
  const { items: namespaces } = await queries.fetchQuery(namespacesQuery(environment));
  const found = new Map<string, Omit<BranchChange, "before" | "after"> & { readonly value: object }>();
  for (const { key: namespace } of namespaces) {
    const place = { environment, namespace };
    const [{ flags }, { segments }] = await Promise.all([
      queries.fetchQuery(flagsQuery(place)),
      queries.fetchQuery(segmentsQuery(place)),
    ]);
    for (const value of flags)
      found.set(`${namespace}/flag/${value.key}`, { namespace, type: "flag", key: value.key, value });
    for (const value of segments) {
      found.set(`${namespace}/segment/${value.key}`, { namespace, type: "segment", key: value.key, value });
    }
  }
  return found;
}

/**
 * Whose answers a branch changes: by namespace and flag the largest share of everybody. The server compares commits of
 * one history only; where the base has gone on since, nothing is said (null).
 */
export const affectedQuery = (queries: QueryClient, base: string, branch: string) =>
  queryOptions({
    queryKey: ["affected", base, branch],
    retry: false,
    queryFn: async ({ signal }) => {
      const { revision } = await queries.fetchQuery(namespacesQuery(base));
      const params = { path: { environment: branch }, query: { base: revision } };
      try {
        const { affected } = await bodyOf(client.GET(`${ENVIRONMENT}/compare`, { params, signal }));
        return new Map(affected.map(({ namespace, flag, share }) => [`${namespace}/${flag}`, share]));
      } catch (error) {
        if (hasStatus(error, 400, 404, 413)) return null;
        throw error;
      }
    },
  });
