import type { QueryClient } from "@tanstack/react-query";
import { hasStatus } from "../../api/api-error.js";
import { flagQuery } from "../../api/queries.js";
import type { Flag, Place } from "../../api/types.js";
import type { Base } from "../../edit/base.js";

export const NO_FLAG: Base<Flag> = { value: undefined, revision: "" };

/** A flag as it is now; without a value there is none any more. */
export async function newestFlag(queries: QueryClient, place: Place, key: string): Promise<Base<Flag>> {
  try {
    const { flag, revision } = await queries.fetchQuery({ ...flagQuery(place, key), staleTime: 0 });
    return { value: flag, revision };
  } catch (error) {
    if (hasStatus(error, 404)) return NO_FLAG;
    throw error;
  }
}
