import type { ParsedFile } from "../read/document.js";

/** Time that files have between them which are none of those that somebody waits for. */
const HURRIED_MS = 2_000;

/** Waits for files to be parsed, and in a hurry only for those that matter. */
export class Patience {
  readonly #own: ReadonlySet<string> | undefined;
  readonly #late: Promise<undefined> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLate = false;

  /** @param hurriedFor paths that are waited for to their end, whatever they take; undefined: there is no hurry */
  constructor(hurriedFor: ReadonlySet<string> | undefined) {
    this.#own = hurriedFor;
    if (hurriedFor === undefined) return;
    this.#late = new Promise((resolve) => {
      this.#timer = setTimeout(() => {
        this.#isLate = true;
        resolve(undefined);
      }, HURRIED_MS);
    });
  }

  /** Tells whether a file is not to be begun any more. */
  isOverFor(path: string): boolean {
    return this.#isLate && !this.isOwn(path);
  }

  isOwn(path: string): boolean {
    return this.#own?.has(path) ?? false;
  }

  async wait(path: string, file: Promise<ParsedFile>): Promise<ParsedFile> {
    if (this.#late === undefined || this.isOwn(path)) return file;
    return (await Promise.race([file, this.#late])) ?? leftUnread(path);
  }

  /** To be called in any case. */
  end(): void {
    clearTimeout(this.#timer);
  }
}

/** A file that was left for later. */
export function leftUnread(path: string): ParsedFile {
  const reason = "the file has not been read yet; that is done next";
  return { documents: [], faults: [{ file: path, reason, namespaces: [] }], sha1: "", unread: true };
}
