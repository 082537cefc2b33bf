import type { Oid } from "@vexil/plugin-api";

const HEADS_KEPT = 100;
const KEPT_MS = 60 * 60_000;

/** Features files of a branch at one commit: path relative to the repository root → blob id. */
export type FileTable = ReadonlyMap<string, Oid>;

interface PastHead {
  readonly oid: Oid;
  /** By `Clock.elapsed()`. */
  readonly at: number;
  /** Versions at this head of the files that the next head changed. */
  readonly replaced: ReadonlyMap<string, Oid | undefined>;
}

/**
 * Files of a branch at the heads served lately, and when others changed them. The conflict rule of writes is decided on
 * it: a write conflicts if its file was changed by others after the request arrived.
 */
export class KnownHeads {
  #past: PastHead[] = [];
  #head: Oid | undefined;
  #files: FileTable = new Map();
  #isPartial = false;
  #sequence = 0;
  /** Path → when others last changed it, and the head it was served at before. */
  readonly #foreign = new Map<string, { readonly sequence: number; readonly before: Oid }>();

  get head(): Oid | undefined {
    return this.#head;
  }

  get files(): FileTable {
    return this.#files;
  }

  /** Some of the head's files were not read to their end: building it again may find more. */
  get isPartial(): boolean {
    return this.#isPartial;
  }

  /** Grows with every head that others made. A request notes it when it arrives. */
  get sequence(): number {
    return this.#sequence;
  }

  /**
   * Notes a new head.
   * @param own made by this daemon: such heads never conflict with its own writers
   * @param now by `Clock.elapsed()`
   */
  record(oid: Oid, files: FileTable, own: boolean, now: number, isPartial = false): void {
    const before = this.#head;
    if (before !== undefined && before !== oid) {
      const replaced = changedPaths(this.#files, files);
      const recent = this.#past.filter((head) => now - head.at < KEPT_MS);
      this.#past = [...recent.slice(-(HEADS_KEPT - 1)), { oid: before, at: now, replaced }];
      if (!own) {
        this.#sequence += 1;
        for (const path of replaced.keys()) this.#foreign.set(path, { sequence: this.#sequence, before });
      }
    }
    this.#head = oid;
    this.#files = files;
    this.#isPartial = isPartial;
  }

  /** The head before others changed `path` after `sequence`; undefined if nobody did. */
  changedByOthers(path: string, sequence: number): Oid | undefined {
    const change = this.#foreign.get(path);
    return change !== undefined && change.sequence > sequence ? change.before : undefined;
  }

  /** The blob id of `path` at a head served lately (`oid: undefined`: absent there); undefined: head unknown. */
  fileAt(revision: Oid, path: string): { readonly oid: Oid | undefined } | undefined {
    if (revision === this.#head) return { oid: this.#files.get(path) };
    let known: { oid: Oid | undefined } | undefined;
    let current = this.#files.get(path);
    for (const head of this.#past.toReversed()) {
      if (head.replaced.has(path)) current = head.replaced.get(path);
      if (head.oid === revision) {
        known = { oid: current };
        break;
      }
    }
    return known;
  }
}

/** Paths that differ between two tables, with what `before` had. */
export function changedPaths(before: FileTable, after: FileTable): ReadonlyMap<string, Oid | undefined> {
  const changed = new Map<string, Oid | undefined>();
  if (before === after) return changed;
  for (const [path, oid] of before) if (after.get(path) !== oid) changed.set(path, oid);
  for (const path of after.keys()) if (!before.has(path)) changed.set(path, undefined);
  return changed;
}
