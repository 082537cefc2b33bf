import type { QueryClient } from "@tanstack/react-query";
import { hasStatus } from "../../api/api-error.js";
import { createFlag } from "../../api/create-and-delete.js";
import { flagQuery, segmentsQuery } from "../../api/queries.js";
import { saveFlag } from "../../api/save-flag.js";
import { saveSegment } from "../../api/save-segment.js";
import type { Flag, Place, Segment } from "../../api/types.js";
import { isSame } from "../../edit/same.js";
import { segmentsOf } from "./flag-parts.js";

/** A segment that a flag needs, and what there is of it where the flag goes. */
export interface NeededSegment {
  readonly own: Segment;
  /** Undefined: it is missing there, and copied before the flag. */
  readonly there: Segment | undefined;
}

/** A flag to be copied, and what there is where it goes. */
export interface Copy {
  readonly flag: Flag;
  readonly to: Place;
  /** The flag that it would take the place of. */
  readonly there: { readonly flag: Flag; readonly revision: string } | undefined;
  /** Segments that are missing there, or something else. */
  readonly segments: readonly NeededSegment[];
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
  const needed = new Set(segmentsOf(flag));
  const segments = own.segments
    .filter(({ key }) => needed.has(key))
    .map((segment): NeededSegment => ({ own: segment, there: others.segments.find(({ key }) => key === segment.key) }));
  return { flag, to, there, segments: segments.filter((one) => !isSame(one.own, one.there)) };
}

/**
 * Does it: a commit for each segment, and one for the flag.
 * @param isReplaced says of a segment that is something else there whether it becomes the same
 * @throws Error if somebody has changed meanwhile what would be replaced
 */
export async function copyFlag(
  queries: QueryClient,
  { flag, to, there, segments }: Copy,
  isReplaced: (key: string) => boolean,
): Promise<void> {
  for (const { own, there: other } of segments) {
    if (other !== undefined && !isReplaced(own.key)) continue;
    // The commits before are its own, and newer than what it was looked at.
    const now = await queries.fetchQuery({ ...segmentsQuery(to), staleTime: 0 });
    const current = now.segments.find(({ key }) => key === own.key);
    if (!isSame(current, other)) throw new Error(`The segment ${own.key} there has changed meanwhile.`);
    await saveSegment(queries, to, own, { revision: now.revision, isNew: other === undefined });
  }
  if (there === undefined) return createFlag(queries, to, flag);
  const now = await queries.fetchQuery({ ...flagQuery(to, flag.key), staleTime: 0 });
  if (!isSame(now.flag, there.flag)) throw new Error("The flag there has changed meanwhile.");
  await saveFlag(queries, to, flag, now.revision);
}
