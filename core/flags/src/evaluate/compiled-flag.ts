import type { FlagType, JsonObject } from "../read/document.js";

/** A flag prepared for evaluation: cut points made, segments resolved. */
export interface CompiledFlag {
  readonly key: string;
  readonly type: FlagType;
  readonly enabled: boolean;
  readonly name: string;
  readonly description: string;
  readonly metadata: JsonObject | undefined;
  readonly defaultVariant:
    | { readonly key: string; readonly name: string; readonly description: string; readonly attachment: string }
    | undefined;
  readonly rules: readonly CompiledRule[];
  readonly rollouts: readonly CompiledRollout[];
}

export interface CompiledRule {
  readonly segments: readonly CompiledSegment[];
  readonly and: boolean;
  /** Ascending cut points of distributions with rollout > 0. */
  readonly cuts: readonly number[];
  readonly variants: readonly { readonly key: string; readonly attachment: string }[];
}

export type CompiledRollout =
  | { readonly type: "threshold"; readonly percentage: number; readonly value: boolean }
  | {
      readonly type: "segment";
      readonly segments: readonly CompiledSegment[];
      readonly and: boolean;
      readonly value: boolean;
    };

export interface CompiledSegment {
  readonly key: string;
  /** The key alone in a list: what a rule gives that this segment, and no other, matched. */
  readonly keys: readonly [string];
  readonly all: boolean;
  readonly constraints: readonly CompiledConstraint[];
}

export interface CompiledConstraint {
  readonly type: "STRING" | "NUMBER" | "BOOLEAN" | "DATETIME" | "ENTITY_ID";
  readonly property: string;
  readonly operator: string;
  readonly text: string;
  /** The value parsed once: number, instant (ns) or list. */
  readonly value: number | bigint | ReadonlySet<string> | ReadonlySet<number> | undefined;
}
