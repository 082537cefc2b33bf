import type { CompiledFlag } from "../evaluate/compiled-flag.js";
import { booleanAnswer, gridOf } from "./answer.js";
import type { FlagVersions } from "./decision-tree.js";
import { Effort } from "./effort.js";
import { defaultAnswer, piecesOf } from "./outcome.js";
import type { AffectedFlag } from "./region.js";

/**
 * Bounds that take no look at combinations: by bucket, from the answers that there can be. Yields where others may have
 * their turn.
 */
export function* shareBounds({ base, head }: FlagVersions): Generator<void, Pick<AffectedFlag, "share" | "least">> {
  if (base === undefined || head === undefined || base.type !== head.type) return { share: 1, least: 1 };
  const effort = new Effort();
  const grid = gridOf(head);
  const [before, after] = [yield* possibleAnswers(base, effort), yield* possibleAnswers(head, effort)];
  let certain = 0;
  let uncertain = 0;
  for (let bucket = 0; bucket < grid; bucket += 1) {
    const own = before[bucket] ?? new Set<string>();
    const others = after[bucket] ?? new Set<string>();
    if (effort.turn(own.size)) yield;
    const hasCommon = [...own].some((key) => others.has(key));
    if (!hasCommon) certain += 1;
    else if (own.size > 1 || others.size > 1) uncertain += 1;
  }
  return { share: (certain + uncertain) / grid, least: certain / grid };
}

/** Keys of all answers that a flag can give to the entities of each bucket, whatever segments they are in. */
function* possibleAnswers(flag: CompiledFlag, effort: Effort): Generator<void, readonly ReadonlySet<string>[]> {
  const found = Array.from({ length: gridOf(flag) }, () => new Set<string>());
  const add = (from: number, to: number, key: string): void => {
    effort.spend(5 * Math.max(1, to - from));
    for (let bucket = from; bucket < to; bucket += 1) found[bucket]?.add(key);
  };
  if (flag.type === "BOOLEAN_FLAG_TYPE") {
    // Thresholds count from bucket 0: what is left open is always the end of the grid.
    let open = 0;
    for (const rollout of flag.rollouts) {
      if (effort.turn()) yield;
      const { key } = booleanAnswer(rollout.value);
      if (rollout.type === "segment") {
        add(open, found.length, key);
        continue;
      }
      const to = Math.min(found.length, Math.max(open, Math.ceil(rollout.percentage || 0)));
      add(open, to, key);
      open = to;
    }
    add(open, found.length, booleanAnswer(flag.enabled).key);
    return found;
  }
  add(0, found.length, defaultAnswer(flag).key);
  for (const rule of flag.enabled ? flag.rules : []) {
    const pieces = piecesOf(rule, flag);
    effort.spend(rule.cuts.length);
    for (const [index, { from, answer }] of pieces.entries()) {
      if (effort.turn()) yield;
      add(from, pieces[index + 1]?.from ?? found.length, answer.key);
    }
  }
  return found;
}
