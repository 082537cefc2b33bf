import type { Position } from "./line-column.js";

/**
 * Rules of what is said about flag files. `syntax` to `reference` are what the compatible system refuses, too; the
 * others it accepts, though they seldom mean what was meant.
 */
export const FINDING_RULES = {
  syntax: "The file cannot be read.",
  schema: "A value is missing, or is none that the format allows.",
  "unknown-field": "A field that the format does not have.",
  reference: "A segment or variant that is referred to is not there.",
  settings: "A fault of the repository's own settings.",
  policies: "A fault of the policies of rights.",
  "no-files": "A directory without feature files.",
  "duplicate-flag": "A flag is defined more than once in its namespace.",
  "duplicate-segment": "A segment is defined more than once in its namespace.",
  "duplicate-variant": "A variant is defined more than once in its flag.",
  "several-defaults": "A flag has more than one default variant.",
  "rollout-sum": "The distributions of a rule sum to more than 100 %.",
  "percentage-range": "A percentage is below 0 or above 100.",
  "malformed-value": "A constraint's value cannot be read as what it is compared with.",
  "missing-value": "A constraint compares with no value.",
  "empty-rollout": "A rollout has neither a segment nor a threshold.",
  "unread-file": "A features file that lies where none is read.",
} as const;

export type FindingRule = keyof typeof FINDING_RULES;

/** Something to be said about a place in a file. */
export interface Finding {
  readonly rule: FindingRule;
  /** Errors keep a namespace from being served as it is written; warnings do not. */
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export interface NamedPlace extends Position {
  readonly key: string;
}

export interface SegmentReference extends Position {
  readonly segment: string;
  /** Message for when there is no such segment. */
  readonly message: string;
}

/** Facts about one document that others of its namespace need to know, faults or not. */
export interface DocumentOutline {
  /** undefined where the document does not tell. */
  readonly namespace: string | undefined;
  readonly flags: readonly NamedPlace[];
  readonly segments: readonly NamedPlace[];
  /** There may be segments whose keys cannot be told. */
  readonly hasUnknownSegments: boolean;
  readonly references: readonly SegmentReference[];
}

/** A file as somebody who corrects it wants to see it. */
export interface InspectedFile {
  readonly findings: readonly Finding[];
  /** undefined for a file that cannot be read. */
  readonly documents: readonly DocumentOutline[] | undefined;
}
