/** The shortest decimal text that reads back as the same 32-bit float (`http-api.md` §1.1), as a number. */
export function shortestFloat(value: number): number {
  const single = Math.fround(value);
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return single;
}
