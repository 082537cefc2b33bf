import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { bodyOf, client } from "./client.js";
import { environmentsQuery } from "./queries.js";
import { ENVIRONMENT } from "./routes.js";

const BRANCHES = `${ENVIRONMENT}/branches` as const;

/** Branches of an environment. */
export const branchesQuery = (environment: string) =>
  queryOptions({
    queryKey: ["branches", environment],
    queryFn: async ({ signal }) =>
      (await bodyOf(client.GET(BRANCHES, { params: { path: { environment } }, signal }))).branches,
  });

/**
 * Branches an environment.
 * @param key that of the new environment; empty: the server makes one up
 * @returns the key
 * @throws ApiError 409 if there is one of this key
 */
export async function createBranch(queries: QueryClient, environment: string, key: string): Promise<string> {
  const params = { path: { environment } };
  const created = await bodyOf(client.POST(BRANCHES, { params, body: { key } }));
  await readAnew(queries, environment);
  return created.key;
}

/** Deletes a branch, with its environment. */
export async function deleteBranch(queries: QueryClient, environment: string, key: string): Promise<void> {
  await bodyOf(client.DELETE(`${BRANCHES}/{key}`, { params: { path: { environment, key } } }));
  await readAnew(queries, environment);
}

async function readAnew(queries: QueryClient, environment: string): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: branchesQuery(environment).queryKey }),
    queries.invalidateQueries({ queryKey: environmentsQuery.queryKey }),
  ]);
}
