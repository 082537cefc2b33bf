import type { CompiledConstraint, CompiledFlag, CompiledSegment } from "../compile/snapshot.js";
import type { Cell } from "./cells.js";
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
  /** Of each property; undefined where those of one are too many. */
  readonly cells: readonly (readonly Cell[])[] | undefined;
  /** The property that stands for the entity's id; -1: none. */
  readonly entity: number;
}

/** Collects the segments of two versions of a flag, each definition once. */
export function collectSegments(
  base: CompiledFlag | undefined,
  head: CompiledFlag | undefined,
): Omit<UsedSegments, "cells"> {
  const properties = new Map<string, Property>();
  const place = (constraint: CompiledConstraint): Pick<Literal, "property" | "constraint"> => {
    const { type, operator, text } = constraint;
    const name = type === "ENTITY_ID" ? ENTITY : `p ${constraint.property}`;
    const property: Property = properties.get(name) ?? { index: properties.size, constraints: [], known: new Map() };
    properties.set(name, property);
    const id = JSON.stringify([type, operator, text]);
    const index = property.known.get(id) ?? property.constraints.push(constraint) - 1;
    property.known.set(id, index);
    return { property: property.index, constraint: index };
  };
  const found = new Map<string, { -readonly [Name in keyof UsedSegment]: UsedSegment[Name] }>();
  const ids = new Map<CompiledSegment, string>();
  const collect = (flag: CompiledFlag | undefined, side: "inBase" | "inHead"): void => {
    for (const segment of segmentsOf(flag)) {
      const id = definitionOf(segment);
      ids.set(segment, id);
      const known = found.get(id);
      if (known !== undefined) known[side] = true;
      else {
        const places = segment.constraints.map(place);
        found.set(id, { key: segment.key, inBase: false, inHead: false, segment, places, [side]: true });
      }
    }
  };
  collect(base, "inBase");
  collect(head, "inHead");
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
): Generator<void, UsedSegments> {
  const collected = collectSegments(base, head);
  const cells: (readonly Cell[])[] = [];
  for (const [index, constraints] of collected.constraints.entries()) {
    yield;
    const found = yield* kept.of(constraints, index === collected.entity);
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

function segmentsOf(flag: CompiledFlag | undefined): readonly CompiledSegment[] {
  if (flag === undefined) return [];
  const rollouts = flag.rollouts.flatMap((rollout) => (rollout.type === "segment" ? rollout.segments : []));
  return [...flag.rules.flatMap(({ segments }) => segments), ...rollouts];
}

const definitions = new WeakMap<CompiledSegment, string>();

/** A text that is equal for segments that are called the same and match the same, as written. */
export function definitionOf(segment: CompiledSegment): string {
  const known = definitions.get(segment);
  if (known !== undefined) return known;
  const constraints = segment.constraints.map(({ type, property, operator, text }) => [type, property, operator, text]);
  const definition = JSON.stringify([segment.key, segment.all, constraints]);
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
