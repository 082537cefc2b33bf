import type { QueryClient } from "@tanstack/react-query";
import { hasStatus } from "../../api/api-error.js";
import { createFlag, createSegment } from "../../api/create-and-delete.js";
import { flagQuery, segmentsQuery } from "../../api/queries.js";
import { saveFlag } from "../../api/save-flag.js";
import type { Flag, Place, Segment } from "../../api/types.js";
import { segmentsOf } from "./flag-parts.js";

/** A flag to be copied, and what there is where it goes. */
export interface Copy {
  readonly flag: Flag;
  readonly to: Place;
  /** The flag that it would take the place of. */
  readonly there: { readonly flag: Flag; readonly revision: string } | undefined;
  /** Segments that it needs and that are not there; they are copied before it. */
  readonly segments: readonly Segment[];
}

/** Looks at what copying a flag would do. */
export async function planCopy(queries: QueryClient, from: Place, flag: Flag, to: Place): Promise<Copy> {
  const [own, others, there] = await Promise.all([
    queries.fetchQuery(segmentsQuery(from)),
    queries.fetchQuery({ ...segmentsQuery(to), staleTime: 0 }),
    queries.fetchQuery({ ...flagQuery(to, flag.key), staleTime: 0 }).catch((error: unknown) => {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }),
  ]);
  const known = new Set(others.segments.map(({ key }) => key));
  const needed = new Set(segmentsOf(flag).filter((key) => !known.has(key)));
  return { flag, to, there, segments: own.segments.filter(({ key }) => needed.has(key)) };
}

/** Does it: a commit for each segment, and one for the flag. */
export async function copyFlag(queries: QueryClient, { flag, to, there, segments }: Copy): Promise<void> {
  for (const segment of segments) await createSegment(queries, to, segment);
  if (there === undefined || segments.length === 0) {
    await (there === undefined ? createFlag(queries, to, flag) : saveFlag(queries, to, flag, there.revision));
    return;
  }
  // The segments' commits are its own, and newer than what it was looked at.
  const now = await queries.fetchQuery({ ...flagQuery(to, flag.key), staleTime: 0 });
  if (JSON.stringify(now.flag) !== JSON.stringify(there.flag)) throw new Error("The flag there has changed meanwhile.");
  await saveFlag(queries, to, flag, now.revision);
}
