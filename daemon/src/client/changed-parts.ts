/** A part of a value that differs: `rollouts[1].threshold.percentage`, before and after; undefined where it was not. */
export interface ChangedPart {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** The innermost parts in which two values differ. Items of lists are told apart by their key, else by their place. */
export function changedParts(before: unknown, after: unknown, path = ""): readonly ChangedPart[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return changedItems(before, after, path);
  if (isFields(before) && isFields(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => changedParts(before[name], after[name], path === "" ? name : `${path}.${name}`));
  }
  return [{ path, before, after }];
}

function changedItems(before: readonly unknown[], after: readonly unknown[], path: string): readonly ChangedPart[] {
  const [old, current] = [before.map(keyOf), after.map(keyOf)];
  if (isTold(old) && isTold(current)) return changedByKey(before, after, old, current, path);
  // What is the same at both ends stayed: an item that was put between is not a change of all that follow.
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && same(before[head], after[head])) head += 1;
  let tail = 0;
  while (tail < most - head && same(before.at(-1 - tail), after.at(-1 - tail))) tail += 1;
  const [gone, come] = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)];
  return Array.from({ length: Math.max(gone.length, come.length) }, (_, index) => index).flatMap((index) =>
    changedParts(gone[index], come[index], `${path}[${head + index}]`),
  );
}

function changedByKey(
  before: readonly unknown[],
  after: readonly unknown[],
  old: readonly string[],
  current: readonly string[],
  path: string,
): readonly ChangedPart[] {
  const parts = [...new Set([...old, ...current])].flatMap((key) =>
    changedParts(before[old.indexOf(key)], after[current.indexOf(key)], `${path}.${key}`),
  );
  const [kept, keeps] = [old.filter((key) => current.includes(key)), current.filter((key) => old.includes(key))];
  return same(kept, keeps) ? parts : [...parts, { path: `order of ${path}`, before: old, after: current }];
}

/** Tells whether every item has a key of its own. */
function isTold(keys: readonly (string | undefined)[]): keys is readonly string[] {
  return keys.every((key) => key !== undefined) && new Set(keys).size === keys.length;
}

function keyOf(item: unknown): string | undefined {
  return isFields(item) && typeof item.key === "string" ? item.key : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
