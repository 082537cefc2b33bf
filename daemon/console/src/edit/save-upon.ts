import { hasStatus } from "../api/api-error.js";
import type { Base } from "./base.js";
import { isSame } from "./same.js";

const MOST_TRIES = 3;

/**
 * Saves an item in place of what it was. Where only something else in its file has changed since, that does not matter
 * to it: it is saved upon that.
 * @throws ApiError of the last try
 */
export async function saveUpon<T, R>(
  base: Base<T>,
  save: (upon: Base<T>) => Promise<R>,
  newest: () => Promise<Base<T>>,
): Promise<R> {
  let upon = base;
  for (let tries = 1; ; tries += 1) {
    try {
      return await save(upon);
    } catch (error) {
      if (tries === MOST_TRIES || !hasStatus(error, 404, 409)) throw error;
      const now = await newest().catch(() => undefined);
      if (now === undefined || !isSame(now.value, upon.value)) throw error;
      upon = now;
    }
  }
}
