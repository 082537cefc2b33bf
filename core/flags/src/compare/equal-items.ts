import type { Effort } from "./effort.js";

/** Tells whether two items are alike, as `isDeepStrictEqual` does for values of JSON. Yields where others may have their turn. */
export function* areEqual(one: unknown, other: unknown, effort: Effort): Generator<void, boolean> {
  const open: [unknown, unknown][] = [[one, other]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    if (effort.turn(5)) yield;
    const [left, right] = pair;
    if (Object.is(left, right)) continue;
    if (!isObject(left) || !isObject(right) || Array.isArray(left) !== Array.isArray(right)) return false;
    const names = Object.keys(left);
    if (names.length !== Object.keys(right).length) return false;
    for (const name of names) {
      if (!Object.hasOwn(right, name)) return false;
      open.push([left[name], right[name]]);
    }
  }
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
