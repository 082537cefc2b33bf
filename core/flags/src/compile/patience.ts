import type { Fault, ParsedFile } from "../read/document.js";

/** Time that files have between them, in all builds of a step, which are none of those that somebody waits for. */
const HURRIED_MS = 2_000;
/** Time that each build has for small files even so. */
const MOMENT_MS = 50;

/** Somebody waits for what is built: files that take long are left for the next build. */
export interface Hurry {
  /** Paths of the files that are waited for to their end, whatever they take. */
  readonly own: ReadonlySet<string>;
  /** Whose time those take, in turns of their own: the others' is their storage's. */
  readonly account: string;
  /** Until when all else is waited for (`performance.now()`). */
  readonly until: number;
}

/** Until when a step that begins now waits for files that nobody has asked for: once, however much it builds. */
export function endOfHurry(): number {
  return performance.now() + HURRIED_MS;
}

/** Whose time a file takes. */
export function accountOf(path: string, storage: string, hurry: Hurry | undefined): string {
  return hurry?.own.has(path) === true ? hurry.account : storage;
}

/** The fault of a file that was left for later. */
export function leftFault(file: string, namespaces: readonly string[]): Fault {
  return { file, reason: "the file has not been read yet; that is done next", namespaces, unread: true };
}

/** Waits for files to be parsed, and in a hurry only for those that matter. */
export class Patience {
  readonly #own: ReadonlySet<string> | undefined;
  readonly #late: Promise<undefined> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLate = false;

  constructor(hurry: Hurry | undefined) {
    this.#own = hurry?.own;
    if (hurry === undefined) return;
    this.#late = new Promise((resolve) => {
      const late = (): void => {
        this.#isLate = true;
        resolve(undefined);
      };
      this.#timer = setTimeout(late, Math.max(MOMENT_MS, hurry.until - performance.now()));
    });
  }

  /** Tells whether a file is not to be begun any more. */
  isOverFor(path: string): boolean {
    return this.#isLate && !this.isOwn(path);
  }

  isOwn(path: string): boolean {
    return this.#own?.has(path) ?? false;
  }

  /** Tells whether a file is waited for only for a while. */
  isHurriedFor(path: string): boolean {
    return this.#late !== undefined && !this.isOwn(path);
  }

  /** @returns undefined when it is left for later */
  async wait(path: string, file: Promise<ParsedFile>): Promise<ParsedFile | undefined> {
    return this.isHurriedFor(path) ? Promise.race([file, this.#late]) : file;
  }

  /** To be called in any case. */
  end(): void {
    clearTimeout(this.#timer);
  }
}

/** A file that was left for later. */
export function leftUnread(path: string): ParsedFile {
  return { documents: [], faults: [leftFault(path, [])], sha1: "", unread: true };
}
