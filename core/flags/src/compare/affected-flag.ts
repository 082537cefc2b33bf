import { MOST_WORDING } from "./condition.js";
import { decide, type FlagVersions } from "./decision-tree.js";
import { Effort } from "./effort.js";
import { KeptCells } from "./kept-cells.js";
import { everything } from "./possibilities.js";
import type { AffectedFlag, Region } from "./region.js";
import { regionsOf } from "./regions.js";
import { shareBounds } from "./share-bounds.js";
import { usedSegments } from "./used-segments.js";

export interface AffectedOptions {
  /** Lists the regions that do not change, too: then they are everybody. */
  readonly all?: boolean;
  /** Cells that are known from other flags. */
  readonly kept?: KeptCells;
  /** Steps that flags may spend together; once it is spent each of them has a little still. */
  readonly effort?: Effort;
}

/** Steps that are gone for one flag, about: some seconds at most. */
export const MOST_STEPS = 30_000_000;
/** Steps that each flag has, whatever others have spent. */
const LEAST_STEPS = 500_000;

/** Regions of one flag that are listed at most. */
const MOST_REGIONS = 4096;

/**
 * Regions of those who get another answer by one version of a flag than by the other. Yields where others may have their turn.
 */
export function* affectedFlag(
  versions: FlagVersions,
  { all = false, kept = new KeptCells(), effort: shared = new Effort() }: AffectedOptions = {},
): Generator<void, AffectedFlag> {
  const effort = new Effort(Math.max(LEAST_STEPS, Math.min(MOST_STEPS, shared.left)));
  const found = yield* exactly(versions, all, kept, effort);
  shared.spend(effort.spent);
  if (found !== undefined) return found;
  const flag = versions.head?.key ?? versions.base?.key ?? "";
  return { flag, ...(yield* shareBounds(versions)), exact: false, regions: [] };
}

/** Undefined where that is too much. */
function* exactly(
  versions: FlagVersions,
  all: boolean,
  kept: KeptCells,
  effort: Effort,
): Generator<void, AffectedFlag | undefined> {
  const flag = versions.head?.key ?? versions.base?.key ?? "";
  const used = yield* usedSegments(versions.base, versions.head, kept, effort);
  const { cells } = used;
  if (cells === undefined) return undefined;
  const start = everything(cells);
  const decision = yield* decide(versions, used, start, !all, effort);
  if (decision === undefined) return undefined;
  const regions: Region[] = [];
  const shares: number[] = [];
  let exact = true;
  for (const found of regionsOf(decision, { flag, used, start, all, effort, wording: new Effort(MOST_WORDING) })) {
    if (effort.isSpent) return undefined;
    if (found === undefined) {
      yield;
      continue;
    }
    regions.push(...found.regions);
    if (regions.length > MOST_REGIONS) return undefined;
    if (found.changed !== undefined) shares.push(found.changed);
    if (found.isSupposed) exact = false;
  }
  const share = rounded(Math.max(0, ...shares));
  return { flag, share, least: rounded(Math.min(share, ...shares)), exact, regions };
}

/** Sums of shares are sums of buckets, but for the last digits. */
function rounded(share: number): number {
  return Math.min(1, Math.round(share * 1e6) / 1e6);
}
