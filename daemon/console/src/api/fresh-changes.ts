import { useSyncExternalStore } from "react";

/** Types of what changes, as events name them. */
export type ChangedType = "flag" | "segment" | "namespace";

/** So long a change is marked. */
const MARKED_MS = 6_000;

/** Flags and segments that have just changed, whoever changed them. */
const marked = new Map<string, ReturnType<typeof setTimeout>>();
const listeners = new Set<() => void>();

const nameOf = (...parts: readonly string[]): string => JSON.stringify(parts);

function tell(): void {
  for (const listener of listeners) listener();
}

export function markChange(environment: string, namespace: string, type: ChangedType, key: string): void {
  const name = nameOf(environment, namespace, type, key);
  clearTimeout(marked.get(name));
  marked.set(
    name,
    setTimeout(() => {
      marked.delete(name);
      tell();
    }, MARKED_MS),
  );
  tell();
}

/** Tells whether something has just changed. */
export function useFreshChange(environment: string, namespace: string, type: ChangedType, key: string): boolean {
  return useSyncExternalStore(subscribe, () => marked.has(nameOf(environment, namespace, type, key)));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
