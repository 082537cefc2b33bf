import { contentId } from "./content-id.js";
import type { SourceFile } from "./file-parser.js";

interface GivenUp {
  readonly reason: string;
  readonly until: number;
}

/** Files remembered at most, the latest ones. */
const KEPT = 10_000;

/** Files that no parser got through, by content: what ended one is not given to the next at once. */
export class GivenUpFiles {
  readonly #files = new Map<string, GivenUp>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Why the file was given up, while that stands. */
  reasonOf(file: SourceFile): string | undefined {
    const id = contentId(file);
    const known = this.#files.get(id);
    if (known === undefined || known.until > this.#now()) return known?.reason;
    this.#files.delete(id);
    return undefined;
  }

  add(file: SourceFile, reason: string, forMs: number): void {
    const id = contentId(file);
    this.#files.delete(id);
    this.#files.set(id, { reason, until: this.#now() + forMs });
    const [oldest] = this.#files.keys();
    if (this.#files.size > KEPT && oldest !== undefined) this.#files.delete(oldest);
  }
}
