import type { Oid } from "@vexil/plugin-api";

const KEPT = 1_000;

/** Commits this daemon made lately: when a poll meets one before its write has finished, it is still its own. */
export class OwnCommits {
  readonly #oids = new Set<Oid>();

  has(oid: Oid): boolean {
    return this.#oids.has(oid);
  }

  add(...oids: readonly Oid[]): void {
    for (const oid of oids) this.#oids.add(oid);
    for (const oid of this.#oids) {
      if (this.#oids.size <= KEPT) break;
      this.#oids.delete(oid);
    }
  }
}
