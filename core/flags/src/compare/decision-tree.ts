import type { CompiledFlag, CompiledSegment } from "../compile/snapshot.js";
import { type CombinedPiece, combine, hasChanged } from "./combined.js";
import { outcomeOf } from "./outcome.js";
import { narrow, type Possibilities, possible } from "./possibilities.js";
import { clausesOf, type UsedSegment, type UsedSegments } from "./used-segments.js";

/** Combinations of segments and buckets that are looked at for one flag. */
export const MOST_COMBINATIONS = 4096;

const NODES_BETWEEN_LOOKS = 8;

/** Decides which segments match, as far as it matters, and gives the answers then. */
export type Decision = Branch | Leaf;

export interface Leaf {
  readonly type: "leaf";
  readonly id: number;
  readonly pieces: readonly CombinedPiece[];
}

export interface Branch {
  readonly type: "branch";
  readonly id: number;
  /** Index of the segment that is asked about. */
  readonly segment: number;
  readonly yes: Decision;
  readonly no: Decision;
}

/** Two versions of a flag; undefined where one has none. */
export interface FlagVersions {
  readonly base: CompiledFlag | undefined;
  readonly head: CompiledFlag | undefined;
}

/**
 * The answers of two versions of a flag by which segments match. What cannot be is left out, and a segment whose
 * matching makes no difference is not asked about. Undefined above {@link MOST_COMBINATIONS}. Yields where others may
 * have their turn.
 * @param onlyChanges all that does not change counts as alike
 */
export function* decide(
  versions: FlagVersions,
  used: UsedSegments,
  start: Possibilities,
  onlyChanges: boolean,
): Generator<void, Decision | undefined> {
  const kept = new KeptDecisions(onlyChanges);
  const assigned = new Map<number, boolean>();
  const truth = (segment: CompiledSegment): boolean | undefined =>
    segment.constraints.length === 0 ? true : assigned.get(used.indexOf.get(segment) ?? -1);
  let combinations = 0;
  let nodes = 0;

  function* explore(left: Possibilities): Generator<void, Decision | undefined> {
    nodes += 1;
    if (nodes % NODES_BETWEEN_LOOKS === 0) yield;
    const base = outcomeOf(versions.base, truth);
    const head = outcomeOf(versions.head, truth);
    if ("pieces" in base && "pieces" in head) {
      const pieces = combine(base, head);
      combinations += pieces.length;
      return kept.leaf(pieces);
    }
    const needed = "needs" in base ? base.needs : (head as { needs: CompiledSegment }).needs;
    const segment = used.indexOf.get(needed) ?? -1;
    const results: (Decision | undefined)[] = [];
    for (const match of [true, false]) {
      const rest = narrow(left, clausesOf(used.segments[segment] as UsedSegment, match));
      if (rest === undefined || possible(rest) === "no") continue;
      if (combinations > MOST_COMBINATIONS) return undefined;
      assigned.set(segment, match);
      results[match ? 1 : 0] = yield* explore(rest);
      assigned.delete(segment);
    }
    const [no, yes] = results;
    return no === undefined || yes === undefined ? (no ?? yes) : kept.branch(segment, yes, no);
  }

  const decision = yield* explore(start);
  return combinations > MOST_COMBINATIONS ? undefined : decision;
}

/** Each decision once, so that equal ones are the same. */
class KeptDecisions {
  readonly #known = new Map<string, Decision>();
  readonly #onlyChanges: boolean;

  constructor(onlyChanges: boolean) {
    this.#onlyChanges = onlyChanges;
  }

  leaf(pieces: readonly CombinedPiece[]): Decision {
    const counted = this.#onlyChanges ? pieces.filter(hasChanged) : pieces;
    const key = JSON.stringify(
      counted.map(({ grid, bucket, before, answers }) => [grid, bucket, before, answers.base.key, answers.head.key]),
    );
    return this.#keep(key, (id) => ({ type: "leaf", id, pieces }));
  }

  branch(segment: number, yes: Decision, no: Decision): Decision {
    if (yes === no) return yes;
    return this.#keep(`${segment} ${yes.id} ${no.id}`, (id) => ({ type: "branch", id, segment, yes, no }));
  }

  #keep(key: string, make: (id: number) => Decision): Decision {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = make(this.#known.size);
    this.#known.set(key, made);
    return made;
  }
}

/** All answers that a decision may end with. */
export function leavesOf(decision: Decision): readonly Leaf[] {
  return decision.type === "leaf" ? [decision] : [...leavesOf(decision.yes), ...leavesOf(decision.no)];
}
