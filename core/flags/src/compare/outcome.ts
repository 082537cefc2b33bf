import type { CompiledFlag, CompiledRule, CompiledSegment } from "../evaluate/compiled-flag.js";
import { ownerOf } from "../evaluate/variant.js";
import { booleanAnswer, gridOf, type KeyedAnswer, NO_FLAG, variantAnswer } from "./answer.js";

/** Says whether a segment matches; undefined where that is not decided yet. */
export type SegmentTruth = (segment: CompiledSegment) => boolean | undefined;

/** Answers by bucket: from the first bucket of each piece to that of the next. */
export interface Pieces {
  readonly grid: 100 | 1000;
  readonly pieces: readonly { readonly from: number; readonly answer: KeyedAnswer }[];
}

/** A flag's answers where segments match as said, or the segment that has to be decided first. */
export type Outcome = Pieces | { readonly needs: CompiledSegment };

/**
 * Evaluation with segments taken as said instead of matched, for all buckets at once. It goes through rules and rollouts
 * as `evaluateVariant` and `evaluateBoolean` do; a test holds them together.
 */
export function outcomeOf(flag: CompiledFlag | undefined, truth: SegmentTruth): Outcome {
  if (flag === undefined) return whole(1000, NO_FLAG);
  return flag.type === "BOOLEAN_FLAG_TYPE" ? booleanOutcome(flag, truth) : variantOutcome(flag, truth);
}

function whole(grid: 100 | 1000, answer: KeyedAnswer): Pieces {
  return { grid, pieces: [{ from: 0, answer }] };
}

function booleanOutcome(flag: CompiledFlag, truth: SegmentTruth): Outcome {
  const grid = gridOf(flag);
  const pieces: { from: number; answer: KeyedAnswer }[] = [];
  // Thresholds count from bucket 0: what is left open is always the end of the grid.
  let open = 0;
  const close = (to: number, value: boolean): void => {
    if (to > open) pieces.push({ from: open, answer: booleanAnswer(value) });
    open = Math.max(open, to);
  };
  for (const rollout of flag.rollouts) {
    if (open >= grid) break;
    if (rollout.type === "threshold") {
      close(Math.min(grid, Math.ceil(rollout.percentage)), rollout.value);
      continue;
    }
    const match = ruleMatches(rollout.segments, rollout.and, truth);
    if (typeof match === "object") return { needs: match };
    if (match) close(grid, rollout.value);
  }
  close(grid, flag.enabled);
  return { grid, pieces };
}

function variantOutcome(flag: CompiledFlag, truth: SegmentTruth): Outcome {
  const grid = gridOf(flag);
  if (!flag.enabled) return whole(grid, defaultAnswer(flag));
  for (const rule of flag.rules) {
    const match = ruleMatches(rule.segments, rule.and, truth);
    if (typeof match === "object") return { needs: match };
    if (!match) continue;
    return { grid, pieces: piecesOf(rule, flag) };
  }
  return whole(grid, defaultAnswer(flag));
}

const defaults = new WeakMap<CompiledFlag, KeyedAnswer>();

/** The answer where no rule matches. */
export function defaultAnswer(flag: CompiledFlag): KeyedAnswer {
  const { defaultVariant: start } = flag;
  const answer = defaults.get(flag) ?? variantAnswer(start?.key ?? "", start?.attachment ?? "");
  defaults.set(flag, answer);
  return answer;
}

const rules = new WeakMap<CompiledFlag, Map<CompiledRule, Pieces["pieces"]>>();

/** The answers that a rule gives: made once, since attachments are large and distributions many. */
export function piecesOf(rule: CompiledRule, flag: CompiledFlag): Pieces["pieces"] {
  const own = rules.get(flag) ?? new Map<CompiledRule, Pieces["pieces"]>();
  rules.set(flag, own);
  const known = own.get(rule);
  if (known !== undefined) return known;
  const pieces: { from: number; answer: KeyedAnswer }[] = [];
  const add = (from: number, owner: CompiledRule["variants"][number] | undefined): void => {
    pieces.push({
      from,
      answer: owner === undefined ? defaultAnswer(flag) : variantAnswer(owner.key, owner.attachment),
    });
  };
  add(0, ownerOf(rule, 0));
  const { cuts, variants } = rule;
  for (const [index, cut] of cuts.entries()) {
    const next = cuts[index + 1];
    // What lies between equal cuts has no bucket.
    if (cuts.length > 1 && cut > 0 && cut < gridOf(flag) && cut !== next) {
      add(cut, next === undefined ? variants.at(-1) : variants[index + 1]);
    }
  }
  own.set(rule, pieces);
  return pieces;
}

/** As `matchSegments`; the segment that has to be decided first where that is open. */
function ruleMatches(
  segments: readonly CompiledSegment[],
  and: boolean,
  truth: SegmentTruth,
): boolean | CompiledSegment {
  let undecided: CompiledSegment | undefined;
  for (const segment of segments) {
    const match = truth(segment);
    if (match === undefined) undecided ??= segment;
    else if (match !== and) return match;
  }
  return undecided ?? and;
}
