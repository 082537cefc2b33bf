import type { QueryClient } from "@tanstack/react-query";
import { bodyOf, client } from "./client.js";
import { said } from "./commit-message.js";
import { flagQuery, flagsQuery, segmentsQuery } from "./queries.js";
import { RESOURCES } from "./routes.js";
import { FLAG, type Flag, type Place, type WrittenPayload } from "./types.js";

/**
 * Writes a flag as it is to be, in place of what it was at a revision. What is shown follows at once.
 * @returns the revision that it is of from now on
 * @throws ApiError 409 if somebody else has changed its file since
 */
export async function saveFlag(
  queries: QueryClient,
  place: Place,
  flag: Flag,
  revision: string,
  message?: string,
): Promise<string> {
  const body = { key: flag.key, payload: { ...flag, "@type": FLAG } as WrittenPayload, revision, ...said(message) };
  const saved = await bodyOf(client.PUT(RESOURCES, { params: { path: { ...place } }, body }));
  showFlag(queries, place, saved.resource.payload as Flag, saved.revision);
  void queries.invalidateQueries({ queryKey: ["history", place.environment, place.namespace] });
  void queries.invalidateQueries({ queryKey: segmentsQuery(place).queryKey });
  return saved.revision;
}

/** Has pages show a flag so. */
function showFlag(queries: QueryClient, place: Place, flag: Flag, revision: string): void {
  queries.setQueryData(flagQuery(place, flag.key).queryKey, { flag, revision });
  queries.setQueryData(
    flagsQuery(place).queryKey,
    (known) => known && { flags: known.flags.map((one) => (one.key === flag.key ? flag : one)), revision },
  );
}
