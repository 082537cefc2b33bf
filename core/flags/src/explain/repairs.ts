import type { CompiledConstraint, CompiledRule, CompiledSegment } from "../compile/snapshot.js";
import { matchSegment } from "../evaluate/match-segments.js";
import type { Question } from "./decide.js";

/** Ways that are looked at for one rule or rollout. */
const MOST_WAYS = 64;
/** Properties that are changed together at most. */
const MOST_PROPERTIES = 4;

/** Constraints that, were they all true, would let a rule or rollout apply. */
export interface Repair {
  readonly constraints: readonly CompiledConstraint[];
  /** Properties of those that are not true now. */
  readonly properties: readonly string[];
}

/** Ways to let a rule or rollout apply that a change of the context may take. */
export function repairsOf(
  { segments, and }: Pick<CompiledRule, "segments" | "and">,
  question: Question,
): readonly Repair[] {
  const { entityId, context, matches } = question;
  const repairs: Repair[] = [];
  for (const constraints of and ? waysOfAll(segments, question) : waysOfAny(segments, question)) {
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

function waysOfAny(segments: readonly CompiledSegment[], question: Question): readonly Way[] {
  const ways: Way[] = [];
  for (const segment of segments) {
    if (ways.length >= MOST_WAYS) break;
    ways.push(...waysOf(segment, question));
  }
  return ways.slice(0, MOST_WAYS);
}

function waysOfAll(segments: readonly CompiledSegment[], question: Question): readonly Way[] {
  let ways: readonly Way[] = [[]];
  for (const segment of segments) {
    const more = waysOf(segment, question);
    ways = ways.flatMap((way) => more.map((added) => [...way, ...added])).slice(0, MOST_WAYS);
  }
  return ways;
}

/** Sets of constraints by which a segment matches; those of one that does already have to stay as they are. */
function waysOf(segment: CompiledSegment, { entityId, context, matches }: Question): readonly Way[] {
  if (segment.all) return [segment.constraints];
  if (matchSegment(segment, entityId, context, matches)) return [[]];
  return segment.constraints.slice(0, MOST_WAYS).map((constraint) => [constraint]);
}
