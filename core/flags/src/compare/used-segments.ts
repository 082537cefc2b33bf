import type { CompiledConstraint, CompiledFlag, CompiledSegment } from "../evaluate/compiled-flag.js";
import type { Cell } from "./cells.js";
import { constraintId } from "./constraint-id.js";
import type { Effort } from "./effort.js";
import type { KeptCells } from "./kept-cells.js";
import type { Clause, Literal } from "./possibilities.js";

/** A segment as at least one of two versions of a flag uses it. */
export interface UsedSegment {
  readonly key: string;
  readonly inBase: boolean;
  readonly inHead: boolean;
  readonly segment: CompiledSegment;
  /** The place of each constraint. */
  readonly places: readonly Pick<Literal, "property" | "constraint">[];
}

export interface UsedSegments {
  readonly segments: readonly UsedSegment[];
  /** Which of `segments` a flag's segment is. */
  readonly indexOf: ReadonlyMap<CompiledSegment, number>;
  readonly constraints: readonly (readonly CompiledConstraint[])[];
  /** Of each property; undefined where those of one, or the properties, are too many. */
  readonly cells: readonly (readonly Cell[])[] | undefined;
  /** The property that stands for the entity's id; -1: none. */
  readonly entity: number;
}

/** Collects the segments of two versions of a flag, each definition once. Yields where others may have their turn. */
export function* collectSegments(
  base: CompiledFlag | undefined,
  head: CompiledFlag | undefined,
  effort: Effort,
): Generator<void, Omit<UsedSegments, "cells">> {
  const properties = new Map<string, Property>();
  const place = (constraint: CompiledConstraint): Pick<Literal, "property" | "constraint"> => {
    const { type } = constraint;
    const name = type === "ENTITY_ID" ? ENTITY : `p ${constraint.property}`;
    const property: Property = properties.get(name) ?? { index: properties.size, constraints: [], known: new Map() };
    properties.set(name, property);
    const id = constraintId(constraint);
    const index = property.known.get(id) ?? property.constraints.push(constraint) - 1;
    property.known.set(id, index);
    return { property: property.index, constraint: index };
  };
  const found = new Map<string, { -readonly [Name in keyof UsedSegment]: UsedSegment[Name] }>();
  const ids = new Map<CompiledSegment, string>();
  function* collect(flag: CompiledFlag | undefined, side: "inBase" | "inHead"): Generator<void, void> {
    for (const segment of segmentsOf(flag)) {
      if (effort.turn(5)) yield;
      const id = ids.get(segment) ?? (yield* definitionOf(segment, effort));
      ids.set(segment, id);
      const known = found.get(id);
      if (known !== undefined) {
        known[side] = true;
        continue;
      }
      const places: Pick<Literal, "property" | "constraint">[] = [];
      for (const constraint of segment.constraints) {
        if (effort.turn(20 + constraint.text.length / CHARACTERS)) yield;
        places.push(place(constraint));
      }
      found.set(id, { key: segment.key, inBase: false, inHead: false, segment, places, [side]: true });
    }
  }
  yield* collect(base, "inBase");
  yield* collect(head, "inHead");
  const order = new Map([...found.keys()].map((id, index) => [id, index]));
  return {
    segments: [...found.values()],
    indexOf: new Map([...ids].map(([segment, id]) => [segment, order.get(id) ?? 0])),
    constraints: [...properties.values()].map(({ constraints }) => constraints),
    entity: properties.get(ENTITY)?.index ?? -1,
  };
}

/** The segments, and what values of properties can do. Yields where others may have their turn. */
export function* usedSegments(
  base: CompiledFlag | undefined,
  head: CompiledFlag | undefined,
  kept: KeptCells,
  effort: Effort,
): Generator<void, UsedSegments> {
  const collected = yield* collectSegments(base, head, effort);
  const cells: (readonly Cell[])[] = [];
  if (collected.constraints.length > MOST_PROPERTIES) return { ...collected, cells: undefined };
  for (const [index, constraints] of collected.constraints.entries()) {
    const found = yield* kept.of(constraints, index === collected.entity, effort);
    if (found === undefined) return { ...collected, cells: undefined };
    cells.push(found);
  }
  return { ...collected, cells };
}

interface Property {
  readonly index: number;
  readonly constraints: CompiledConstraint[];
  /** Where constraints are that were met before. */
  readonly known: Map<string, number>;
}

const ENTITY = "entity";
/** Properties that a flag may ask for. */
const MOST_PROPERTIES = 4_096;
/** Characters of a text that are a step. */
const CHARACTERS = 64;

function segmentsOf(flag: CompiledFlag | undefined): readonly CompiledSegment[] {
  if (flag === undefined) return [];
  const rollouts = flag.rollouts.flatMap((rollout) => (rollout.type === "segment" ? rollout.segments : []));
  return [...flag.rules.flatMap(({ segments }) => segments), ...rollouts];
}

const definitions = new WeakMap<CompiledSegment, string>();

/** A text that is equal for segments that are called the same and match the same, as written. */
function* definitionOf(segment: CompiledSegment, effort: Effort): Generator<void, string> {
  const known = definitions.get(segment);
  if (known !== undefined) return known;
  const parts = [`${segment.key.length} ${segment.key} ${segment.all}\n`];
  for (const constraint of segment.constraints) {
    if (effort.turn(10 + constraint.text.length / CHARACTERS)) yield;
    parts.push(constraintId(constraint));
  }
  const definition = parts.join("");
  definitions.set(segment, definition);
  return definition;
}

/** Clauses that hold if and only if a segment matches, or does not. */
export function clausesOf(used: UsedSegment, match: boolean): readonly Clause[] {
  const known = clauses.get(used);
  if (known !== undefined) return known[match ? 1 : 0];
  const made = [madeClauses(used, false), madeClauses(used, true)] as const;
  clauses.set(used, made);
  return made[match ? 1 : 0];
}

const clauses = new WeakMap<UsedSegment, readonly [no: readonly Clause[], yes: readonly Clause[]]>();

function madeClauses({ segment, places }: UsedSegment, match: boolean): readonly Clause[] {
  const literals = places.map((place): Literal => ({ ...place, outcome: match }));
  return segment.all === match ? literals.map((literal) => [literal]) : [literals];
}
