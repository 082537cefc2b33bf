import type { Answer } from "./answer.js";
import type { Interval } from "./combined.js";

/** Entities and contexts that get the same answer before, and the same after. */
export interface Region {
  /** A condition that tells who they are, their buckets aside. */
  readonly when: string;
  /** Which segments match, as far as it matters: those of the version after. */
  readonly segments: Readonly<Record<string, boolean>>;
  /** Those whose definition differs, or that the version after does not use: as the version before has them. */
  readonly segmentsBefore?: Readonly<Record<string, boolean>>;
  readonly bucket: Interval;
  /** Buckets there are: 100 for thresholds, 1,000 for distributions. */
  readonly grid: number;
  /** For a flag that becomes another type: buckets as the version before counts them. */
  readonly before: Answer;
  readonly after: Answer;
  readonly bucketBefore?: { readonly bucket: Interval; readonly grid: number };
  /** Identifiers of which it speaks, where only named entities can be there; buckets then do not count. */
  readonly entities?: readonly string[];
  /** Part of everybody whose segments are as said, from 0 to 1. */
  readonly share: number;
  /** A context in it, and the entity's identifier where that matters; absent if none is known. */
  readonly example?: { readonly entityId?: string; readonly context: Readonly<Record<string, string>> };
}

/** Changes of a flag between two versions, and whom they are for. */
export interface AffectedFlag {
  readonly flag: string;
  /**
   * The largest part of those who are in the same segments whose answer changes, from 0 to 1; named entities do not
   * count. Nothing says how many are in a segment, so of everybody it is at most this part.
   */
  readonly share: number;
  /** The smallest such part: of everybody it is at least this. */
  readonly least: number;
  /** False: the shares are bounds; without regions there were too many combinations, else some may be impossible. */
  readonly exact: boolean;
  readonly regions: readonly Region[];
}
