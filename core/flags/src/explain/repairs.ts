import type { CompiledConstraint, CompiledRule, CompiledSegment } from "../evaluate/compiled-flag.js";
import { matchSegment } from "../evaluate/match-segments.js";
import type { Question } from "./decide.js";

/** Properties that are changed together at most. */
const MOST_PROPERTIES = 4;

/** Constraints that, were they all true, would let a rule or rollout apply. */
export interface Repair {
  readonly constraints: readonly CompiledConstraint[];
  /** Properties of those that are not true now. */
  readonly properties: readonly string[];
}

/**
 * Ways to let a rule or rollout apply that a change of the context may take.
 * @param most how many are looked at
 */
export function repairsOf(
  { segments, and }: Pick<CompiledRule, "segments" | "and">,
  question: Question,
  most: number,
): readonly Repair[] {
  const { entityId, context, matches } = question;
  const repairs: Repair[] = [];
  for (const constraints of and ? waysOfAll(segments, question, most) : waysOfAny(segments, question, most)) {
    const properties = new Set<string>();
    let isOutOfReach = false;
    for (const constraint of constraints) {
      if (matches(constraint, entityId, context)) continue;
      if (constraint.type === "ENTITY_ID") isOutOfReach = true;
      properties.add(constraint.property);
      if (isOutOfReach || properties.size > MOST_PROPERTIES) break;
    }
    if (isOutOfReach || properties.size === 0 || properties.size > MOST_PROPERTIES) continue;
    repairs.push({ constraints, properties: [...properties] });
  }
  return repairs;
}

type Way = readonly CompiledConstraint[];

function waysOfAny(segments: readonly CompiledSegment[], question: Question, most: number): readonly Way[] {
  const ways: Way[] = [];
  for (const segment of segments) {
    if (ways.length >= most) break;
    ways.push(...waysOf(segment, question, most));
  }
  return ways.slice(0, most);
}

function waysOfAll(segments: readonly CompiledSegment[], question: Question, most: number): readonly Way[] {
  let ways: readonly Way[] = [[]];
  for (const segment of segments) {
    const more = waysOf(segment, question, most);
    ways = ways.flatMap((way) => more.map((added) => [...way, ...added])).slice(0, most);
  }
  return ways;
}

/** Sets of constraints by which a segment matches; those of one that does already have to stay as they are. */
function waysOf(segment: CompiledSegment, { entityId, context, matches }: Question, most: number): readonly Way[] {
  if (segment.all) return [segment.constraints];
  if (matchSegment(segment, entityId, context, matches)) return [[]];
  return segment.constraints.slice(0, most).map((constraint) => [constraint]);
}
