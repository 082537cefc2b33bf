import type { Distribution } from "../read/document.js";

const { fround, trunc } = Math;

/**
 * Cut points of a rule's distributions with a rollout above 0, in 32-bit floats step by step:
 * a distribution owns the buckets from the cut before it (inclusive) to its own (exclusive); the last ends at 1000.
 */
export function cutPoints(distributions: readonly Distribution[]): {
  readonly cuts: readonly number[];
  readonly chosen: readonly Distribution[];
} {
  const chosen = distributions.filter(({ rollout }) => fround(rollout) > 0);
  let total = 0;
  for (const { rollout } of chosen) total = fround(total + fround(rollout));
  let sum = 0;
  const cuts = chosen.map(({ rollout }) => {
    sum = fround(sum + fround(fround(fround(rollout) / total) * 100));
    return trunc(fround(sum * 10));
  });
  if (cuts.length > 0) cuts[cuts.length - 1] = 1000;
  return { cuts, chosen };
}
