const LARGEST = 3.4028235e38;

/**
 * The shortest decimal text that reads back as the same 32-bit float, as a number. What is too
 * large for 32 bits is the largest of them: JSON has no infinity, and clients would refuse the whole snapshot.
 */
export function shortestFloat(value: number): number {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return Math.sign(single) * LARGEST;
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return Number(single.toPrecision(9));
}
