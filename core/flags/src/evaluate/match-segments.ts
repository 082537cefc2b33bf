import type { CompiledConstraint, CompiledSegment } from "./compiled-flag.js";
import type { Context } from "./context.js";
import { matchConstraint } from "./match-constraint.js";

export const NO_SEGMENTS: readonly string[] = Object.freeze([]);

/** Decides about a constraint: `matchConstraint`, or what remembers what that has said. */
export type ConstraintMatch = (constraint: CompiledConstraint, entityId: string, context: Context) => boolean;

/**
 * Keys of the segments that match, or undefined when the rule does not: OR wants one of
 * them, AND all; without segments OR never matches, AND always.
 */
export function matchSegments(
  segments: readonly CompiledSegment[],
  and: boolean,
  entityId: string,
  context: Context,
  matches: ConstraintMatch = matchConstraint,
): readonly string[] | undefined {
  let keys: readonly string[] | undefined;
  for (const segment of segments) {
    if (matchSegment(segment, entityId, context, matches)) {
      keys = keys === undefined ? segment.keys : [...keys, segment.key];
    } else if (and) {
      return undefined;
    }
  }
  return keys ?? (and ? NO_SEGMENTS : undefined);
}

/** All constraints, or any of them; a segment without constraints always matches. */
export function matchSegment(
  segment: CompiledSegment,
  entityId: string,
  context: Context,
  matches: ConstraintMatch = matchConstraint,
): boolean {
  if (segment.constraints.length === 0) return true;
  for (const constraint of segment.constraints) {
    if (matches(constraint, entityId, context) !== segment.all) return !segment.all;
  }
  return segment.all;
}
