import type { Clock } from "@vexil/engine/model/clock";
import type { PastReader } from "@vexil/engine/model/past";
import { atCommit, type EventReader, type FeedPlace } from "@vexil/engine/sinks/event-reader";
import { parseRevision } from "@vexil/engine/storage/past/revision-expression";
import type { ServedState } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { readCursor } from "./event-cursor.js";
import type { EventQuery } from "./event-query.js";

/** Environments of one stream: its position goes with each event, and comes back in a header. */
export const MOST_ENVIRONMENTS = 200;

/** Where a stream begins. */
export interface StreamStart {
  /** Of each environment that it follows. */
  readonly places: ReadonlyMap<string, FeedPlace>;
  /** Environments whose place nobody vouches for. */
  readonly doubtful: ReadonlySet<string>;
  /** State of a storage that was told last; undefined: those of now count as told. */
  readonly told: ((storage: string) => ServedState) | undefined;
  /** An environment that comes to be is told from its first commit on. */
  readonly fromBeginning: boolean;
}

/** Parts by which the beginning of a stream is found. */
export interface StreamStartParts {
  readonly reader: Pick<EventReader, "head">;
  readonly past: Pick<PastReader, "resolve">;
  /** Keys of positions that are believed. */
  readonly keys: readonly Uint8Array[];
  readonly clock: Pick<Clock, "now">;
  readonly signal: AbortSignal;
}

/**
 * Finds where a stream begins in each environment.
 * @throws VexilError VEXIL_VALIDATION_REQUEST; VEXIL_NOT_FOUND where no environment has the revision
 */
export async function streamStart(
  query: EventQuery,
  environments: ReadonlySet<string>,
  parts: StreamStartParts,
): Promise<StreamStart> {
  const { cursor, from } = query;
  const served = [...environments].filter((environment) => parts.reader.head(environment) !== undefined);
  if (served.length > MOST_ENVIRONMENTS) throw tooMany(served.length);
  const fromBeginning = from === "beginning";
  const now = (environment: string): FeedPlace => atCommit(parts.reader.head(environment));
  const rest = { doubtful: new Set<string>(), told: undefined, fromBeginning };
  if (cursor !== undefined) return { ...rest, ...resumed(cursor, served, now, parts) };
  if (fromBeginning) return { ...rest, places: new Map(served.map((key) => [key, atCommit(undefined)])) };
  if (from === "now") return { ...rest, places: new Map(served.map((key) => [key, now(key)])) };
  return { ...rest, places: await placesFrom(from, served, now, parts) };
}

function resumed(
  cursor: string,
  served: readonly string[],
  now: (environment: string) => FeedPlace,
  { keys }: StreamStartParts,
): Pick<StreamStart, "places" | "doubtful" | "told"> {
  const shown = readCursor(cursor, keys);
  if (shown === undefined) {
    throw new VexilError(
      "VEXIL_VALIDATION_REQUEST",
      "Last-Event-ID is no id of such a stream; open it without, and with ?from= where it shall begin",
    );
  }
  // One that came to be meanwhile is told from now on.
  const places = new Map(served.map((key) => [key, shown.place(key) ?? now(key)]));
  const doubtful = new Set(shown.isGenuine ? [] : served);
  return { places, doubtful, told: (storage) => shown.state(storage) };
}

/**
 * Environments without such a revision are told from now on, as long as one has it; those that are younger than a time, from
 * their beginning.
 */
async function placesFrom(
  from: string,
  served: readonly string[],
  now: (environment: string) => FeedPlace,
  { past, clock, signal }: StreamStartParts,
): Promise<ReadonlyMap<string, FeedPlace>> {
  const places = new Map<string, FeedPlace>();
  let missing: unknown;
  let found = 0;
  const isPast = isPastTime(from, clock.now());
  for (const environment of served) {
    try {
      const { revision } = await past.resolve(environment, from, signal);
      places.set(environment, atCommit(revision));
      found += 1;
    } catch (error) {
      if (!VexilError.is(error) || error.code !== "VEXIL_NOT_FOUND") throw error;
      if (isPast) found += 1;
      else missing ??= error;
      places.set(environment, isPast ? atCommit(undefined) : now(environment));
    }
  }
  if (found === 0 && missing !== undefined) throw missing;
  return places;
}

function isPastTime(from: string, now: number): boolean {
  const { base, steps } = parseRevision(from);
  return base.type === "time" && base.timeMs <= now && steps.length === 0;
}

/** @param count of environments that a stream would be of */
export function tooMany(count: number): VexilError {
  return new VexilError(
    "VEXIL_VALIDATION_REQUEST",
    `the stream would be of ${count} environments, and may be of ${MOST_ENVIRONMENTS}: name them by ?environment=`,
  );
}
