import createClient from "openapi-fetch";
import { noteAbsent } from "./absent-routes.js";
import { ApiError, errorOf, hasStatus } from "./api-error.js";
import { BASE } from "./base.js";
import type { paths } from "./schema.js";
import { heldToken } from "./token.js";

const DEADLINE_MS = 30_000;

/** The API of the server that the page came from. */
export const client = createClient<paths>({ baseUrl: BASE.slice(0, -1), fetch: ask });

client.use({
  onRequest: ({ request }) => {
    const token = heldToken();
    if (token !== undefined) request.headers.set("Authorization", `Bearer ${token}`);
  },
  onResponse: ({ response, schemaPath }) => noteAbsent(schemaPath, response),
});

async function ask(request: Request): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(DEADLINE_MS)]);
  try {
    return await fetch(request, { signal });
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new ApiError(0, "the server does not answer; is it running, and is this machine online?");
  }
}

type Answer<T> = Promise<{ data?: T | undefined; error?: unknown; response: Response }>;

/** @returns the body of a success @throws ApiError */
export async function bodyOf<T>(answer: Answer<T>): Promise<T> {
  const { data, error, response } = await answer;
  if (data === undefined) throw errorOf(response, error);
  return data;
}

/** @returns the body; null where the server does not tell, or not to this caller @throws ApiError */
export async function bodyOrNull<T>(answer: Answer<T>): Promise<T | null> {
  try {
    return await bodyOf(answer);
  } catch (error) {
    if (hasStatus(error, 403, 404, 501)) return null;
    throw error;
  }
}
