import type { BooleanResult } from "../evaluate/boolean.js";
import type { VariantResult } from "../evaluate/variant.js";
import type { ConstraintType, MatchType, SegmentOperator } from "../read/document.js";

/** An evaluation's answer and how it came about: the flag, its rules or rollouts in order, its default. */
export interface Explanation {
  readonly result: BooleanResult | VariantResult;
  readonly steps: readonly ExplainedStep[];
  /** undefined where no small change was found. */
  readonly closest?: ClosestMiss;
}

/** The smallest change of a context that was found to lead to another answer by a rule or rollout that was missed. */
export interface ClosestMiss {
  /** Property → value; an empty one means the same as none. */
  readonly change: Readonly<Record<string, string>>;
  /** Value that the flag would give then: the variant's key, or `true` or `false`. */
  readonly gives: string;
}

export interface ExplainedStep {
  readonly kind: "flag" | "rule" | "rollout" | "default";
  /** Place among the flag's rules or rollouts, from 1. */
  readonly rank?: number;
  /** `skipped`: an earlier step had decided. */
  readonly outcome: "match" | "no-match" | "skipped";
  /** Why it did not match, where segments do not tell. */
  readonly reason?: string;
  /** Of the step `flag` alone. */
  readonly enabled?: boolean;
  /** Value that it gives when it decides: the variant's key, or `true` or `false`. */
  readonly value?: string;
  readonly segmentOperator?: SegmentOperator;
  readonly segments?: readonly ExplainedSegment[];
  /** Keys of segments that count for nothing, as a value in them is malformed. */
  readonly ignored?: readonly string[];
  /** The entity's place on the grid: 0 to 999 for distributions, 0 to 99 for thresholds. */
  readonly bucket?: number;
  readonly intervals?: readonly Interval[];
}

/** Buckets from `from` to below `to`. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  /** Value that it gives: the variant's key, or `true` or `false`. */
  readonly value: string;
  /** The entity's bucket is in it. */
  readonly hit?: true;
}

export interface ExplainedSegment {
  readonly key: string;
  readonly match: boolean;
  readonly matchType: MatchType;
  readonly constraints: readonly ExplainedConstraint[];
}

export interface ExplainedConstraint {
  readonly type: ConstraintType;
  readonly property: string;
  readonly operator: string;
  /** The value that it compares with, as written; cut where it is long. */
  readonly expected: string;
  /** Value that the context has, or the entity's id; cut where it is long. `null`: nothing. */
  readonly seen: string | null;
  readonly match: boolean;
  /** Why it is not true. */
  readonly reason?: string;
}
