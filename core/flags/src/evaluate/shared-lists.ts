/** The list of nothing: there are many of them, and an empty one takes as much memory as a short one. */
export const NOTHING: readonly never[] = [];

/** Cut points that are shared at most; halves, tenths and the like are most of them. */
const MOST_CUTS = 1_000;
const cutsByText = new Map<string, readonly number[]>();

/** Cut points that most rules have in common, once for all of them. */
export function sharedCuts(cuts: readonly number[]): readonly number[] {
  if (cuts.length === 0) return NOTHING;
  if (cuts.length > 4) return cuts;
  const text = cuts.join();
  const known = cutsByText.get(text);
  if (known !== undefined) return known;
  if (cutsByText.size < MOST_CUTS) cutsByText.set(text, cuts);
  return cuts;
}

/** `list.map(make)`, which is {@link NOTHING} where there is nothing. */
export function mapped<From, To>(list: readonly From[], make: (one: From, index: number) => To): readonly To[] {
  return list.length === 0 ? NOTHING : list.map(make);
}
