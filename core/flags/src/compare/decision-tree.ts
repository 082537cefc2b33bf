import type { CompiledFlag, CompiledSegment } from "../evaluate/compiled-flag.js";
import { type CombinedPiece, combine, hasChanged } from "./combined.js";
import type { Effort } from "./effort.js";
import { outcomeOf } from "./outcome.js";
import { narrow, type Possibilities, possible } from "./possibilities.js";
import { clausesOf, type UsedSegment, type UsedSegments } from "./used-segments.js";

/** Combinations of segments and buckets that are looked at for one flag. */
export const MOST_COMBINATIONS = 4096;

/** Segments that are asked about in a row: of each the state is kept on the stack. */
const MOST_IN_A_ROW = 1_000;
/** Steps that going on by one segment takes at least. */
const OF_NODE = 50;
/** Steps that a piece of an answer takes. */
const OF_PIECE = 20;

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
 * matching makes no difference is not asked about. Undefined above {@link MOST_COMBINATIONS}, and where the effort is
 * spent. Yields where others may have their turn.
 * @param onlyChanges all that does not change counts as alike
 */
export function* decide(
  versions: FlagVersions,
  used: UsedSegments,
  start: Possibilities,
  onlyChanges: boolean,
  effort: Effort,
): Generator<void, Decision | undefined> {
  const kept = new KeptDecisions(onlyChanges);
  const assigned = new Map<number, boolean>();
  const truth = (segment: CompiledSegment): boolean | undefined => {
    effort.spend(2);
    return segment.constraints.length === 0 ? true : assigned.get(used.indexOf.get(segment) ?? -1);
  };
  let combinations = 0;
  let isTooMuch = false;

  function* explore(left: Possibilities): Generator<void, Decision | undefined> {
    if (effort.turn(OF_NODE)) yield;
    const base = outcomeOf(versions.base, truth);
    const head = outcomeOf(versions.head, truth);
    if ("pieces" in base && "pieces" in head) {
      const pieces = combine(base, head);
      combinations += pieces.length;
      effort.spend(OF_PIECE * (base.pieces.length + head.pieces.length + pieces.length));
      return kept.leaf(pieces);
    }
    const needed = "needs" in base ? base.needs : (head as { needs: CompiledSegment }).needs;
    const segment = used.indexOf.get(needed) ?? -1;
    const results: (Decision | undefined)[] = [];
    for (const match of [true, false]) {
      const rest = yield* narrow(left, clausesOf(used.segments[segment] as UsedSegment, match), effort);
      if (rest === undefined || possible(rest, effort) === "no") continue;
      isTooMuch ||= combinations > MOST_COMBINATIONS || assigned.size >= MOST_IN_A_ROW || effort.isSpent;
      if (isTooMuch) return undefined;
      assigned.set(segment, match);
      results[match ? 1 : 0] = yield* explore(rest);
      assigned.delete(segment);
    }
    const [no, yes] = results;
    return no === undefined || yes === undefined ? (no ?? yes) : kept.branch(segment, yes, no);
  }

  const decision = yield* explore(start);
  return isTooMuch || combinations > MOST_COMBINATIONS || effort.isSpent ? undefined : decision;
}

/** Each decision once, so that equal ones are the same. */
class KeptDecisions {
  readonly #known = new Map<string, Decision>();
  /** Attachments make keys of answers long: each has a number. */
  readonly #answers = new Map<string, number>();
  readonly #onlyChanges: boolean;

  constructor(onlyChanges: boolean) {
    this.#onlyChanges = onlyChanges;
  }

  leaf(pieces: readonly CombinedPiece[]): Decision {
    const counted = this.#onlyChanges ? pieces.filter(hasChanged) : pieces;
    const key = JSON.stringify(
      counted.map(({ grid, bucket, before, answers: { base, head } }) => {
        return [grid, bucket, before, this.#numberOf(base.key), this.#numberOf(head.key)];
      }),
    );
    return this.#keep(key, (id) => ({ type: "leaf", id, pieces }));
  }

  branch(segment: number, yes: Decision, no: Decision): Decision {
    if (yes === no) return yes;
    return this.#keep(`${segment} ${yes.id} ${no.id}`, (id) => ({ type: "branch", id, segment, yes, no }));
  }

  #numberOf(answer: string): number {
    const known = this.#answers.get(answer) ?? this.#answers.size;
    this.#answers.set(answer, known);
    return known;
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
