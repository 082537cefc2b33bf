/** A part of all, in percent of two digits. */
interface Share {
  readonly rollout: number;
}

/** Hundredths of a percent in a whole. */
const WHOLE = 10_000;

const hundredths = ({ rollout }: Share): number => Math.round(rollout * 100);
const sumOf = (parts: readonly number[]): number => parts.reduce((sum, part) => sum + part, 0);

function withParts<T extends Share>(all: readonly T[], parts: readonly number[]): T[] {
  return all.map((one, index) => ({ ...one, rollout: (parts[index] ?? 0) / 100 }));
}

/** Percent that no share has. */
export function restOf(all: readonly Share[]): number {
  return Math.max(0, WHOLE - sumOf(all.map(hundredths))) / 100;
}

/**
 * Gives one share another size. What it takes comes from the rest first, then from the others as they are to each
 * other; what it gives back goes to the rest where there is one, else to the others. So the sum is never above 100, and
 * stays 100 where it was.
 */
export function withShare<T extends Share>(all: readonly T[], index: number, percent: number): T[] {
  const parts = all.map(hundredths);
  const others = parts.filter((_, at) => at !== index);
  const wanted = Math.min(Math.max(Math.round(percent * 100), 0), WHOLE);
  const left = WHOLE - wanted;
  const isWhole = others.length > 0 && sumOf(parts) >= WHOLE;
  if (!isWhole && sumOf(others) <= left) return withParts(all, parts.with(index, wanted));
  const scaled = spread(others, left);
  return withParts(all, scaled.toSpliced(index, 0, wanted));
}

/** Takes a share away. What it had goes to the others, as they are to each other, where all made a whole. */
export function withoutShare<T extends Share>(all: readonly T[], index: number): T[] {
  const others = all.toSpliced(index, 1);
  const isWhole = others.length > 0 && sumOf(all.map(hundredths)) >= WHOLE;
  return isWhole ? withParts(others, spread(others.map(hundredths), WHOLE)) : others;
}

/** Shares of the same size that make a hundred together. */
export function evenShares<T extends Share>(all: readonly T[]): T[] {
  return withParts(
    all,
    spread(
      all.map(() => 1),
      WHOLE,
    ),
  );
}

/** Whole numbers that are to each other as these are, and whose sum is this. */
function spread(parts: readonly number[], sum: number): number[] {
  const weights = sumOf(parts) === 0 ? parts.map(() => 1) : parts;
  const total = sumOf(weights);
  let weight = 0;
  let given = 0;
  return weights.map((one) => {
    weight += one;
    const upTo = Math.round((sum * weight) / total);
    const part = upTo - given;
    given = upTo;
    return part;
  });
}
