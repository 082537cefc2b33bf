import { gridOf } from "./answer.js";
import { decide, type FlagVersions } from "./decision-tree.js";
import { KeptCells } from "./kept-cells.js";
import { everything } from "./possibilities.js";
import { possibleAnswers } from "./possible-answers.js";
import type { AffectedFlag, Region } from "./region.js";
import { regionsOf } from "./regions.js";
import { usedSegments } from "./used-segments.js";

export interface AffectedOptions {
  /** Lists the regions that do not change, too: then they are everybody. */
  readonly all?: boolean;
  /** Cells that are known from other flags. */
  readonly kept?: KeptCells;
}

/** Regions of one flag that are listed at most. */
const MOST_REGIONS = 4096;

/**
 * Regions of those who get another answer by one version of a flag than by the other. Yields where others may have their turn.
 */
export function* affectedFlag(
  versions: FlagVersions,
  { all = false, kept = new KeptCells() }: AffectedOptions = {},
): Generator<void, AffectedFlag> {
  const flag = versions.head?.key ?? versions.base?.key ?? "";
  const used = yield* usedSegments(versions.base, versions.head, kept);
  const { cells } = used;
  if (cells === undefined) return { flag, ...bounds(versions), exact: false, regions: [] };
  const start = everything(cells);
  const decision = yield* decide(versions, used, start, !all);
  if (decision === undefined) return { flag, ...bounds(versions), exact: false, regions: [] };
  const regions: Region[] = [];
  const shares: number[] = [];
  let exact = true;
  for (const found of regionsOf(decision, { flag, used, start, all })) {
    yield;
    if (found === undefined) continue;
    regions.push(...found.regions);
    if (regions.length > MOST_REGIONS) return { flag, ...bounds(versions), exact: false, regions: [] };
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

/** Bounds that take no look at combinations: by bucket, from the answers that there can be. */
function bounds({ base, head }: FlagVersions): Pick<AffectedFlag, "share" | "least"> {
  if (base === undefined || head === undefined || base.type !== head.type) return { share: 1, least: 1 };
  const grid = gridOf(head);
  const [before, after] = [possibleAnswers(base), possibleAnswers(head)];
  let certain = 0;
  let uncertain = 0;
  for (let bucket = 0; bucket < grid; bucket += 1) {
    const own = before(bucket);
    const others = after(bucket);
    const hasCommon = [...own].some((key) => others.has(key));
    if (!hasCommon) certain += 1;
    else if (own.size > 1 || others.size > 1) uncertain += 1;
  }
  return { share: (certain + uncertain) / grid, least: certain / grid };
}
