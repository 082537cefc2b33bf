import type { QueryClient } from "@tanstack/react-query";
import { bodyOf, client } from "./client.js";
import { said } from "./commit-message.js";
import { NAMESPACES } from "./routes.js";

export interface NamespaceNames {
  readonly key: string;
  readonly name: string;
  readonly description: string;
}

/** @throws ApiError 409 if its files have changed since the revision, or a new one is there already */
export async function saveNamespace(
  queries: QueryClient,
  environment: string,
  names: NamespaceNames,
  { revision, isNew, message }: { readonly revision: string; readonly isNew: boolean; readonly message?: string },
): Promise<void> {
  const request = { params: { path: { environment } }, body: { ...names, revision, ...said(message) } };
  await bodyOf<unknown>(isNew ? client.POST(NAMESPACES, request) : client.PUT(NAMESPACES, request));
  await showAnew(queries, environment);
}

/** Deletes a namespace with all that is in it. @throws ApiError 409 if its files have changed since the revision */
export async function deleteNamespace(
  queries: QueryClient,
  environment: string,
  key: string,
  revision: string,
  message?: string,
): Promise<void> {
  const params = { path: { environment, key }, query: { revision, ...said(message) } };
  await bodyOf<unknown>(client.DELETE(`${NAMESPACES}/{key}`, { params }));
  await showAnew(queries, environment, key);
}

/** @param gone a namespace that nothing is to be asked of any more */
async function showAnew(queries: QueryClient, environment: string, gone?: string): Promise<void> {
  for (const what of ["flags", "segments", "history"]) {
    void queries.invalidateQueries({
      queryKey: [what, environment],
      predicate: ({ queryKey }) => gone === undefined || queryKey[2] !== gone,
    });
  }
  await queries.invalidateQueries({ queryKey: ["namespaces", environment] });
}
