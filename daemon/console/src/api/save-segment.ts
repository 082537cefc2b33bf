import type { QueryClient } from "@tanstack/react-query";
import { bodyOf, client } from "./client.js";
import { said } from "./commit-message.js";
import { flagsQuery, segmentsQuery } from "./queries.js";
import { RESOURCES } from "./routes.js";
import { type Place, SEGMENT, type Segment, type WrittenPayload } from "./types.js";

/**
 * Writes a segment as it is to be, in place of what it was at a revision, or as a new one.
 * @throws ApiError 409 if somebody else has changed its file since
 */
export async function saveSegment(
  queries: QueryClient,
  place: Place,
  segment: Segment,
  { revision, isNew, message }: { readonly revision: string; readonly isNew: boolean; readonly message?: string },
): Promise<void> {
  const payload = { ...segment, "@type": SEGMENT } as WrittenPayload;
  const body = { key: segment.key, payload, revision, ...said(message) };
  const request = { params: { path: { ...place } }, body };
  await bodyOf<unknown>(isNew ? client.POST(RESOURCES, request) : client.PUT(RESOURCES, request));
  await showAnew(queries, place);
}

/** @throws ApiError 409 if its file has changed since the revision 400 while a flag uses it */
export async function deleteSegment(
  queries: QueryClient,
  place: Place,
  key: string,
  revision: string,
  message?: string,
): Promise<void> {
  const params = { path: { ...place, type: SEGMENT, key }, query: { revision, ...said(message) } };
  await bodyOf<unknown>(client.DELETE(`${RESOURCES}/{type}/{key}`, { params }));
  await showAnew(queries, place);
}

async function showAnew(queries: QueryClient, place: Place): Promise<void> {
  void queries.invalidateQueries({ queryKey: ["history", place.environment] });
  // Flags may be in the same file: whoever writes one upon the revision before is refused.
  void queries.invalidateQueries({ queryKey: flagsQuery(place).queryKey });
  await queries.invalidateQueries({ queryKey: segmentsQuery(place).queryKey });
}
