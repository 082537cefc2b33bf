import type { Oid, RefName, RefStore } from "@vexil/plugin-api";
import { GOOD_PREFIX, goodRef } from "../ref-names.js";

/**
 * The last commits without a faulty file, of branches that have one now: after a restart the namespaces of that file
 * are served from there.
 */
export class GoodCommits {
  readonly #refs: RefStore;
  /** As last seen; undefined before the first look. */
  #known: Map<RefName, Oid> | undefined;

  constructor(refs: RefStore) {
    this.#refs = refs;
  }

  /** @param commit undefined: the branch has no faulty file any more */
  async remember(branch: string, commit: Oid | undefined): Promise<void> {
    const ref = goodRef(branch);
    // Another daemon on the same backend may have moved it: then it is looked up once more.
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      this.#known ??= new Map(await this.#refs.list(GOOD_PREFIX));
      const old = this.#known.get(ref);
      if (old === commit) return;
      const update = { ref, old, new: commit, reason: "last commit without faults" };
      if (await this.#refs.compareAndSwap([update])) {
        if (commit === undefined) this.#known.delete(ref);
        else this.#known.set(ref, commit);
        return;
      }
      this.#known = undefined;
    }
  }
}
