import type { Oid } from "@vexil/plugin-api";

/** A features file by content. */
export interface FileVersion {
  /** Relative to the repository root. */
  readonly path: string;
  readonly oid: Oid;
}

/** Files by path. */
export type FilesServed = ReadonlyMap<string, Pick<FileVersion, "oid">>;

const NO_FILES: FilesServed = new Map();

/**
 * Flags and segments in files that no environment serves now and that are kept all the same: a write's result is parsed
 * before it is committed. A few hundred bytes of text are some kilobytes as objects, so more is soon tens of megabytes.
 */
const SPARE_ITEMS = 2_000;
const SPARE_FILES = 64;

/** Results by file and content: those of files that an environment serves, and the newest few of others. */
export class KeptFiles<Entry extends { readonly items: number }> {
  readonly #files = new Map<string, Entry>();
  /** Files that each environment serves. */
  readonly #used = new Map<string, FilesServed>();
  /** How many environments serve each file. */
  readonly #users = new Map<string, number>();
  /** Keys of what nobody serves, longest unused first. */
  readonly #spare = new Set<string>();

  get(version: FileVersion): Entry | undefined {
    return this.#files.get(keyOf(version));
  }

  put(version: FileVersion, entry: Entry): void {
    this.#files.set(keyOf(version), entry);
    this.#setAside(version);
  }

  /** Says what an environment serves now; what nobody serves is forgotten but for the newest few. */
  keep(environment: string, files: FilesServed): void {
    const before = this.#used.get(environment) ?? NO_FILES;
    if (before !== files) {
      this.#used.set(environment, files);
      for (const [path, { oid }] of files) if (before.get(path)?.oid !== oid) this.#use({ path, oid });
      for (const [path, { oid }] of before) if (files.get(path)?.oid !== oid) this.#leave({ path, oid });
    }
    this.#trimSpare();
  }

  forget(environment: string): void {
    const before = this.#used.get(environment) ?? NO_FILES;
    this.#used.delete(environment);
    for (const [path, { oid }] of before) this.#leave({ path, oid });
  }

  /** The newest always stays. */
  #trimSpare(): void {
    let items = 0;
    for (const key of this.#spare) items += this.#files.get(key)?.items ?? 0;
    for (const key of this.#spare) {
      const tooMany = this.#spare.size > SPARE_FILES || (items > SPARE_ITEMS && this.#spare.size > 1);
      if (!tooMany) break;
      items -= this.#files.get(key)?.items ?? 0;
      this.#spare.delete(key);
      this.#files.delete(key);
    }
  }

  #use(version: FileVersion): void {
    const key = keyOf(version);
    this.#users.set(key, (this.#users.get(key) ?? 0) + 1);
    this.#spare.delete(key);
  }

  #leave(version: FileVersion): void {
    const key = keyOf(version);
    const users = (this.#users.get(key) ?? 0) - 1;
    if (users > 0) this.#users.set(key, users);
    else this.#users.delete(key);
    this.#setAside(version);
  }

  /** Counts as the newest of what nobody serves, unless somebody does. */
  #setAside(version: FileVersion): void {
    const key = keyOf(version);
    if (this.#users.has(key)) return;
    this.#spare.delete(key);
    if (this.#files.has(key)) this.#spare.add(key);
  }
}

function keyOf({ path, oid }: FileVersion): string {
  return `${oid} ${path}`;
}
