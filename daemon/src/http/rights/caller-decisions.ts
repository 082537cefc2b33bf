import type { Question } from "./decision.js";

type Key = string | undefined;

/** A decision as it is kept: for good, under way, or for a time. */
export type Kept = boolean | Promise<boolean> | { readonly allowed: boolean; readonly until: number };

/** Decisions kept for one caller. Those beyond are made of names that a client invents. */
const KEPT = 10_000;
/** Size of one beside its names, roughly. */
const ENTRY_BYTES = 200;

/** Decisions about one caller, by kind of question and place. */
export class CallerDecisions {
  readonly #kept = new Map<string, Map<Key, Map<Key, Kept>>>();
  #size = 0;
  #bytes = 0;

  /** Size of what is kept, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  get(kind: string, environment: Key, namespace: Key): Kept | undefined {
    return this.#kept.get(kind)?.get(environment)?.get(namespace);
  }

  set(kind: string, environment: Key, namespace: Key, kept: Kept): void {
    const isNew = this.get(kind, environment, namespace) === undefined;
    if (isNew && this.#size >= KEPT) this.clear();
    const byEnvironment = this.#kept.get(kind) ?? new Map<Key, Map<Key, Kept>>();
    this.#kept.set(kind, byEnvironment);
    const byNamespace = byEnvironment.get(environment) ?? new Map<Key, Kept>();
    byEnvironment.set(environment, byNamespace);
    if (isNew) {
      this.#size += 1;
      this.#bytes += bytesOf(environment, namespace);
    }
    byNamespace.set(namespace, kept);
  }

  /** Forgets all of them, those under way included. */
  clear(): void {
    this.#kept.clear();
    this.#size = 0;
    this.#bytes = 0;
  }

  delete(kind: string, environment: Key, namespace: Key): void {
    const byEnvironment = this.#kept.get(kind);
    const byNamespace = byEnvironment?.get(environment);
    if (byNamespace?.delete(namespace) !== true) return;
    // Of names that a client invents nothing stays, not even a place for the next.
    if (byNamespace.size === 0) byEnvironment?.delete(environment);
    this.#size -= 1;
    this.#bytes -= bytesOf(environment, namespace);
  }
}

/** Kind of a question: its action, and what change it is about where that is told. */
export function kindOf(action: Question["action"], change: Question["change"]): string {
  return change === undefined ? action : `${action} ${change}`;
}

function bytesOf(environment: Key, namespace: Key): number {
  return ENTRY_BYTES + 2 * ((environment?.length ?? 0) + (namespace?.length ?? 0));
}
