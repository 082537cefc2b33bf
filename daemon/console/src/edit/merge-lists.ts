import { isSame } from "./same.js";

/** More would take too long to compare each with each. */
const MOST_ITEMS = 500;

/**
 * Joins two edits of a list whose items have no names: what each has changed between items that both have left as they
 * were.
 * @returns undefined where both have changed the same place, or one is no list
 */
export function joinLists(old: unknown, own: unknown, other: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(old) || !Array.isArray(own) || !Array.isArray(other)) return undefined;
  if ([old, own, other].some(({ length }) => length > MOST_ITEMS)) return undefined;
  const [ownAt, otherAt] = [kept(old, own), kept(old, other)];
  const joined: unknown[] = [];
  let [from, ownFrom, otherFrom] = [0, 0, 0];
  for (let at = 0; at <= old.length; at += 1) {
    const [ownTo, otherTo] = at === old.length ? [own.length, other.length] : [ownAt[at], otherAt[at]];
    if (ownTo === undefined || otherTo === undefined) continue;
    const between = [old.slice(from, at), own.slice(ownFrom, ownTo), other.slice(otherFrom, otherTo)] as const;
    const chosen = chosenOf(...between);
    if (chosen === undefined) return undefined;
    joined.push(...chosen, ...old.slice(at, at + 1));
    [from, ownFrom, otherFrom] = [at + 1, ownTo + 1, otherTo + 1];
  }
  return joined;
}

function chosenOf<T>(old: readonly T[], own: readonly T[], other: readonly T[]): readonly T[] | undefined {
  if (isSame(own, other) || isSame(own, old)) return other;
  return isSame(other, old) ? own : undefined;
}

/** For each item of a list, where it is in what became of it: the longest sequence that both have. */
function kept(old: readonly unknown[], next: readonly unknown[]): readonly (number | undefined)[] {
  const width = next.length + 1;
  const lengths = new Uint16Array((old.length + 1) * width);
  const length = (at: number, to: number): number => lengths[at * width + to] ?? 0;
  const [before, after] = [old.map(textOf), next.map(textOf)];
  for (let at = old.length - 1; at >= 0; at -= 1) {
    for (let to = next.length - 1; to >= 0; to -= 1) {
      const isHere = before[at] === after[to];
      lengths[at * width + to] = isHere ? length(at + 1, to + 1) + 1 : Math.max(length(at + 1, to), length(at, to + 1));
    }
  }
  const places: (number | undefined)[] = [];
  for (let at = 0, to = 0; at < old.length; at += 1) {
    while (to < next.length && before[at] !== after[to] && length(at, to + 1) === length(at, to)) to += 1;
    const isHere = to < next.length && before[at] === after[to];
    places.push(isHere ? to : undefined);
    if (isHere) to += 1;
  }
  return places;
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? "";
