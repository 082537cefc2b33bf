/** A member that differs; undefined where it is not there. */
export interface ChangedMember {
  /** `rules › 2 › segments` */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Deeper members are told as one. */
const DEEPEST = 6;

/** Members in which two values differ, each by the path that leads to it; items of lists go by their keys if they have some. */
export function changedMembers(
  before: unknown,
  after: unknown,
  path: readonly string[] = [],
): readonly ChangedMember[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const [left, right] = [membersOf(before), membersOf(after)];
  if (left === undefined || right === undefined || path.length >= DEEPEST) {
    return [{ path: path.join(" › "), before, after }];
  }
  const names = new Set([...left.keys(), ...right.keys()]);
  const found = [...names].flatMap((name) => changedMembers(left.get(name), right.get(name), [...path, name]));
  // The same items in another order.
  return found.length > 0 ? found : [{ path: path.join(" › "), before: [...left.keys()], after: [...right.keys()] }];
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const keys = value.map((one: unknown) => keyOf(one));
  const hasKeys = keys.every((key) => key !== undefined) && new Set(keys).size === keys.length;
  return new Map(value.map((one: unknown, index) => [hasKeys ? (keys[index] ?? "") : String(index + 1), one]));
}

function keyOf(value: unknown): string | undefined {
  const key = typeof value === "object" && value !== null && "key" in value ? value.key : undefined;
  return typeof key === "string" ? key : undefined;
}
