import type { NamespaceSnapshot } from "./snapshot.js";

/** Keys of the namespaces that two states do not share. */
export function changedNamespaces(
  before: ReadonlyMap<string, NamespaceSnapshot> | undefined,
  after: ReadonlyMap<string, NamespaceSnapshot>,
): ReadonlySet<string> {
  const changed = new Set<string>();
  if (before === after) return changed;
  for (const [key, namespace] of after) if (before?.get(key) !== namespace) changed.add(key);
  for (const key of before?.keys() ?? []) if (!after.has(key)) changed.add(key);
  return changed;
}
