import type { SourceValue } from "../model/source-value.js";

/** Parts of an experiment's variations, 0 to 1 each; what is missing to 1 is not in the experiment. */
export function partsOf(rule: SourceValue): readonly number[] {
  const count = rule.get("variations").items().length;
  const ranges = rule.get("ranges").items();
  if (ranges.length > 0) {
    return ranges.slice(0, count).map((range) => {
      const [from, to] = range.items();
      return Math.max(0, (to?.number() ?? 0) - (from?.number() ?? 0));
    });
  }
  const coverage = Math.min(1, Math.max(0, rule.get("coverage").numberOr(1)));
  const given = rule
    .get("weights")
    .items()
    .map((weight) => weight.number());
  const total = given.reduce((sum, weight) => sum + weight, 0);
  // Weights that are not for all of them, or no whole together, are not used.
  const isUsable = given.length === count && total >= 0.99 && total <= 1.01;
  const weights = isUsable ? given : Array.from({ length: count }, () => 1 / count);
  return weights.map((weight) => weight * coverage);
}
