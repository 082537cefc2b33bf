import type { GitObject, GitObjectType } from "@vexil/plugin-api";

const MOST = { commit: 500, tree: 200, blob: 100, tag: 100 } as const;
const MOST_BYTES = 2 * 1024 * 1024;
/** Before the first is seen. */
const FIRST = 2;

/** How many objects are read at once: no more than fit, were all as large as the largest so far. */
export class BatchSizes {
  readonly #largest = new Map<GitObjectType, number>();

  of(type: GitObjectType): number {
    const largest = this.#largest.get(type);
    if (largest === undefined) return FIRST;
    return Math.max(1, Math.min(MOST[type], Math.floor(MOST_BYTES / (largest + 1))));
  }

  saw({ type, bytes }: GitObject): void {
    this.#largest.set(type, Math.max(bytes.byteLength, this.#largest.get(type) ?? 0));
  }
}
