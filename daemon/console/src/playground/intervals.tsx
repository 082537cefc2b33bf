import type { Step } from "../api/types.js";
import { ShareBar } from "../ui/share-bar.js";

interface IntervalsProps {
  readonly bucket: number | undefined;
  readonly intervals: NonNullable<Step["intervals"]>;
  /** Buckets that there are. */
  readonly grid: number;
}

/** The bucket of an entity, and the buckets that each value has: from the first one up to, and without, the last. */
export function Intervals({ bucket, intervals, grid }: IntervalsProps) {
  const shares = intervals.map(({ from, to, value, hit }) => ({
    id: `${from} ${value}`,
    name: value,
    size: to - from,
    isFaint: !hit,
    words: (
      <>
        <span className="soft">
          {from}–{to}
        </span>
        {hit && <strong>this one</strong>}
      </>
    ),
  }));
  return (
    <>
      {bucket !== undefined && (
        <span className="soft small">
          The entity is in bucket {bucket} of {grid}.
        </span>
      )}
      <ShareBar shares={shares} whole={grid} />
    </>
  );
}
