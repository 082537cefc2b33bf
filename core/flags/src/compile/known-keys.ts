import { compareText } from "../read/canonical-json.js";
import type { NamespaceSnapshot } from "./snapshot.js";

/** Of fewer the keys are sorted when somebody asks for them. */
const MANY_FLAGS = 2_000;
/** More than these are not put in their places one by one. */
const FEW_KEYS = 100;

/** A namespace before, with its sorted keys if they were ever asked for. */
interface Before extends Pick<NamespaceSnapshot, "flags"> {
  readonly knownKeys: readonly string[] | undefined;
}

/** Sorted keys of many flags, made of those before where few have come or gone. */
export function knownKeys(before: Before, flags: ReadonlyMap<string, unknown>): readonly string[] | undefined {
  const { knownKeys: sorted, flags: old } = before;
  if (sorted === undefined || flags.size < MANY_FLAGS) return undefined;
  if (isSameOrder(old, flags)) return sorted;
  const come: string[] = [];
  for (const key of flags.keys()) if (!old.has(key)) come.push(key);
  if (come.length > FEW_KEYS) return undefined;
  const isAnyGone = old.size + come.length !== flags.size;
  const keys = isAnyGone ? sorted.filter((key) => flags.has(key)) : [...sorted];
  for (const key of come) keys.splice(placeOf(keys, key), 0, key);
  return keys;
}

/** That is so after most changes, and is seen in less time than it takes to look up each key. */
function isSameOrder(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): boolean {
  if (before.size !== after.size) return false;
  const keys = before.keys();
  for (const key of after.keys()) if (keys.next().value !== key) return false;
  return true;
}

function placeOf(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareText(sorted[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
