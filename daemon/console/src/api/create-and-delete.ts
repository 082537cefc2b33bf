import type { QueryClient } from "@tanstack/react-query";
import { bodyOf, client } from "./client.js";
import { said } from "./commit-message.js";
import { RESOURCES } from "./routes.js";
import { FLAG, type Flag, type Place, type WrittenPayload } from "./types.js";

/**
 * Creates a flag. Lists are read anew.
 * @throws ApiError 409 if there is one of this key
 */
export async function createFlag(queries: QueryClient, place: Place, flag: Flag, message?: string): Promise<void> {
  const body = { key: flag.key, payload: { ...flag, "@type": FLAG } as WrittenPayload, ...said(message) };
  await bodyOf(client.POST(RESOURCES, { params: { path: { ...place } }, body }));
  await readAnew(queries, place);
}

/**
 * Deletes a flag as it was at a revision.
 * @throws ApiError 409 if somebody else has changed its file since
 */
export async function deleteFlag(
  queries: QueryClient,
  place: Place,
  key: string,
  revision: string,
  message?: string,
): Promise<void> {
  const params = { path: { ...place, type: FLAG, key }, query: { revision, ...said(message) } };
  await bodyOf(client.DELETE(`${RESOURCES}/{type}/{key}`, { params }));
  await readAnew(queries, place);
}

async function readAnew(queries: QueryClient, { environment, namespace }: Place): Promise<void> {
  await Promise.all(
    ["flags", "segments", "history"].map((what) =>
      queries.invalidateQueries({ queryKey: [what, environment, namespace], exact: what !== "history" }),
    ),
  );
}
