import { VexilError } from "@vexil/plugin-api/errors";

/**
 * Where a storage is in its life. `opening`: its backend's state is read, and nobody knows yet who polls. `following`:
 * it follows its backend, as there is no remote or another daemon polls it. `polling`: this daemon polls the remote.
 * `draining`: work under way ends. `closed`: nothing more happens to it.
 *
 *   opening ──▶ following ◀──▶ polling
 *      └────────────┴─────┬──────┘
 *                      draining ──▶ closed
 */
export type StoragePhase = "opening" | "following" | "polling" | "draining" | "closed";

const NEXT: Readonly<Record<StoragePhase, readonly StoragePhase[]>> = {
  opening: ["following", "polling", "draining"],
  following: ["polling", "draining"],
  polling: ["following", "draining"],
  draining: ["closed"],
  closed: [],
};

/** Tells if a storage may go from one phase to another. */
export function mayFollow(from: StoragePhase, to: StoragePhase): boolean {
  return NEXT[from].includes(to);
}

/** The phase of one storage, and who is told when it changes. */
export class Phase {
  #now: StoragePhase = "opening";

  get now(): StoragePhase {
    return this.#now;
  }

  /**
   * Goes over to another phase. A lease that changes hands while the storage ends changes nothing any more.
   * @returns whether the phase has changed
   * @throws VexilError VEXIL_INTERNAL_BUG for a way that there is not
   */
  enter(next: StoragePhase): boolean {
    if (next === this.#now) return false;
    const isEnding = this.#now === "draining" || this.#now === "closed";
    if (isEnding && (next === "following" || next === "polling")) return false;
    if (!mayFollow(this.#now, next)) {
      throw new VexilError("VEXIL_INTERNAL_BUG", `a storage cannot go from ${this.#now} to ${next}`);
    }
    this.#now = next;
    return true;
  }
}
