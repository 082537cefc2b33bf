import type { FileLayout } from "./file-layout.js";
import type { ItemSpans } from "./item-spans.js";

/**
 * The model of a features file, as parsed and normalised: defaults applied, list values as compact
 * JSON text. It keeps nothing of the text; edits work on the text (`writes/`).
 */
export interface FeaturesDocument {
  /** As written; undefined when absent (which means 1.6). */
  readonly version: string | undefined;
  readonly namespace: NamespaceHeader;
  readonly flags: readonly Flag[];
  readonly segments: readonly Segment[];
}

export interface NamespaceHeader {
  readonly key: string;
  readonly name?: string;
  readonly description?: string;
  /** How the file names it. */
  readonly form: "absent" | "string" | "object";
}

export type FlagType = "VARIANT_FLAG_TYPE" | "BOOLEAN_FLAG_TYPE";
export type SegmentOperator = "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
export type MatchType = "ALL_MATCH_TYPE" | "ANY_MATCH_TYPE";
export type ConstraintType =
  | "STRING_COMPARISON_TYPE"
  | "NUMBER_COMPARISON_TYPE"
  | "BOOLEAN_COMPARISON_TYPE"
  | "DATETIME_COMPARISON_TYPE"
  | "ENTITY_ID_COMPARISON_TYPE";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

export interface Flag {
  readonly key: string;
  readonly name: string;
  readonly type: FlagType;
  readonly description: string;
  readonly enabled: boolean;
  readonly metadata?: JsonObject;
  readonly variants: readonly Variant[];
  readonly rules: readonly Rule[];
  readonly rollouts: readonly Rollout[];
}

export interface Variant {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  /** Object or list; absent when there is none. */
  readonly attachment?: JsonValue;
  readonly default: boolean;
}

export interface Rule {
  readonly segments: readonly string[];
  readonly segmentOperator: SegmentOperator;
  readonly distributions: readonly Distribution[];
}

export interface Distribution {
  readonly variant: string;
  /** 0…100 */
  readonly rollout: number;
}

export interface Rollout {
  readonly description: string;
  readonly segment?: {
    readonly segments: readonly string[];
    readonly segmentOperator: SegmentOperator;
    readonly value: boolean;
  };
  readonly threshold?: { readonly percentage: number; readonly value: boolean };
}

export interface Segment {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly matchType: MatchType;
  readonly constraints: readonly Constraint[];
}

export interface Constraint {
  readonly type: ConstraintType;
  readonly property: string;
  readonly operator: string;
  /** Text; for isoneof and isnotoneof JSON array text. `""` when absent. */
  readonly value: string;
  readonly description: string;
}

/** A fault of a features file. `line` and `column` count from 1. */
export interface Fault {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The compatible system's text where it has one, without position: `flags.0.key: …`. */
  readonly reason: string;
  /** The namespaces of the file this fault takes along, as far as they could be read. */
  readonly namespaces: readonly string[];
  /** Nothing is known to be wrong: the file was left for later. */
  readonly unread?: true;
}

export interface FeatureLimits {
  readonly fileBytes: number;
  readonly files: number;
  readonly depth: number;
  /** Nodes after the expansion of aliases. */
  readonly aliases: number;
}

export const DEFAULT_FEATURE_LIMITS: FeatureLimits = { fileBytes: 16e6, files: 20_000, depth: 64, aliases: 50_000 };

/** Contents of one file. With any fault, `documents` is what could still be read (for `namespaces` of the fault). */
export interface ParsedFile {
  readonly documents: readonly FeaturesDocument[];
  readonly faults: readonly Fault[];
  /** It was not read to its end, for reasons that may pass: the next build tries again. */
  readonly unread?: true;
  /** SHA-1 hex of the file's raw bytes. */
  readonly sha1: string;
  /** Where the items are, of a large file whose items stand by themselves. */
  readonly spans?: ItemSpans;
  /**
   * Where everything is (`readLayout`), for edits; made at the latest when `SnapshotBuilder.parse` is asked for the
   * file.
   */
  readonly layout?: FileLayout;
}
