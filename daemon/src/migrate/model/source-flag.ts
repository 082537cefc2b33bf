import type { JsonObject, JsonValue } from "@vexil/flags/read/document";
import type { Condition } from "./condition.js";

/**
 * A flag as all of the other systems can be said to have it: rules in order, of which the first that matches decides.
 */
export interface SourceFlag {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly metadata?: JsonObject;
  /** Where it stands in its source. */
  readonly where: string;
  readonly variants: readonly SourceVariant[];
  /** While false everybody gets `off`. */
  readonly enabled: boolean;
  /** A variant's name; undefined: nothing is given, and the application's own default counts. */
  readonly off: string | undefined;
  readonly rules: readonly SourceRule[];
  /** Parts of whom no rule is about. */
  readonly otherwise: readonly Share[];
  /** Not all of its rules are here: what is left must not decide by itself. */
  readonly isPartial: boolean;
  /**
   * The variant that stands for off, where all rules cut users by one hash: who is in a part of 20 % is in one of 50 %,
   * too. Undefined: each rule cuts by a hash of its own.
   */
  readonly nestsAround?: string;
  /** Applications ask for the names of variants, and their values come along. Else they ask for the values. */
  readonly givesNames?: true;
}

export interface SourceVariant {
  readonly name: string;
  readonly value: JsonValue;
  readonly description?: string;
}

export interface SourceRule {
  readonly where: string;
  readonly description: string;
  readonly when: Condition;
  readonly shares: readonly Share[];
  /** Percent of those whom it is about that go on to the next rule. */
  readonly rest: number;
}

/** So much of the entities get a variant. */
export interface Share {
  readonly variant: string;
  /** Percent: with those beside it, and the rest, 100. */
  readonly percent: number;
}

/** Shares by weights of any size. */
export function sharesOf(weights: readonly { readonly variant: string; readonly weight: number }[], rest = 0): Share[] {
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  if (total <= 0) return [];
  return weights
    .filter(({ weight }) => weight > 0)
    .map(({ variant, weight }) => ({ variant, percent: rounded(((100 - rest) * weight) / total) }));
}

/** A percentage without what binary fractions leave behind. */
export function rounded(percent: number): number {
  return Number(percent.toFixed(4));
}
