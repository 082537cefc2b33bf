import type { Oid } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import type { CommitInfo, Repository } from "../repository-view.js";
import { lineOrigins } from "./line-origins.js";

/** Lines of a file, counted from 1, the last included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

export interface BlameQuery {
  /** The commit that has the file. */
  readonly commit: Oid;
  readonly path: string;
  /** The file's content, if the commit has another one: what differs belongs to no commit. */
  readonly content?: Uint8Array;
  readonly ranges: readonly LineRange[];
  /** Commits that are looked at. */
  readonly most: number;
  /** Tells that it has taken long enough: what is not known by then stays unknown. */
  readonly isOver: () => boolean;
}

/** Reading of commits and files; commits that are not stored may be fetched. */
export interface BlameSource extends Pick<Repository, "fileAt" | "readBlobs"> {
  commit(oid: Oid): Promise<CommitInfo | undefined>;
}

/** Larger files are not compared. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Lines of ranges by the range's index. */
type Lines = Map<number, readonly number[]>;

/**
 * The commit that changed each range last, as `git blame -L` has it: the newest of those that its lines are from. Only
 * versions of the file are compared; renames are not followed.
 * @returns undefined for a range whose last change is not committed, lies where history is not stored, or further back
 * than was looked
 */
export async function blame(source: BlameSource, query: BlameQuery): Promise<readonly (CommitInfo | undefined)[]> {
  return new Blame(source, query).run();
}

class Blame {
  readonly #source: BlameSource;
  readonly #query: BlameQuery;
  readonly #found: (CommitInfo | undefined)[];
  readonly #open: Set<number>;
  /** Commits to be looked at, with the lines that came down to them. */
  readonly #suspects = new Map<Oid, { readonly commit: CommitInfo; readonly lines: Lines }>();
  readonly #pause = timeSlice();

  constructor(source: BlameSource, query: BlameQuery) {
    this.#source = source;
    this.#query = query;
    this.#found = query.ranges.map(() => undefined);
    this.#open = new Set(query.ranges.keys());
  }

  async run(): Promise<readonly (CommitInfo | undefined)[]> {
    const { commit, path, content, ranges, most } = this.#query;
    const lines: Lines = new Map(ranges.map(({ first, last }, index) => [index, linesBetween(first, last)]));
    const head = await this.#source.commit(commit);
    if (head === undefined) return this.#found;
    if (content === undefined) this.#suspect(head, lines);
    else {
      const blob = await this.#source.fileAt(commit, path);
      // What has no origin in the commit is not committed.
      this.#settle(blob === undefined ? lines : await this.#pass(content, await this.#read(blob), head, lines));
    }
    for (let count = 0; count < most && this.#open.size > 0; count += 1) {
      const next = this.#newest();
      if (next === undefined || this.#query.isOver()) break;
      await this.#look(next.commit, next.lines);
      await this.#pause();
    }
    return this.#found;
  }

  /** As git does: a parent that has the very same file answers for it, else each for the lines that it has, in order. */
  async #look(commit: CommitInfo, given: Lines): Promise<void> {
    const { path } = this.#query;
    const blob = await this.#source.fileAt(commit.oid, path);
    if (blob === undefined) return this.#settle(given);
    const parents: { readonly commit: CommitInfo; readonly blob: Oid }[] = [];
    let isCut = false;
    for (const oid of commit.parents) {
      const parent = await this.#source.commit(oid);
      if (parent === undefined) {
        isCut = true;
        continue;
      }
      const file = await this.#source.fileAt(oid, path);
      if (file === blob) return this.#suspect(parent, given);
      if (file !== undefined && !parents.some((other) => other.blob === file))
        parents.push({ commit: parent, blob: file });
    }
    let lines = given;
    for (const parent of parents) {
      if (lines.size === 0) return;
      const [before, after] = [await this.#read(parent.blob), await this.#read(blob)];
      if (before.length > MOST_BYTES || after.length > MOST_BYTES) return this.#settle(lines);
      lines = await this.#pass(after, before, parent.commit, lines);
    }
    this.#settle(lines, isCut ? undefined : commit);
  }

  /** Hands lines on to a parent, as far as it has them. @returns the others */
  async #pass(after: Uint8Array, before: Uint8Array, parent: CommitInfo, lines: Lines): Promise<Lines> {
    const origins = await lineOrigins(before, after, this.#pause);
    const [passed, kept]: [Lines, Lines] = [new Map(), new Map()];
    for (const [range, numbers] of lines) {
      const own: number[] = [];
      const older: number[] = [];
      for (const line of numbers) {
        const origin = origins.of(line);
        if (origin === undefined) own.push(line);
        else older.push(origin);
      }
      if (own.length > 0) kept.set(range, own);
      if (older.length > 0) passed.set(range, older);
    }
    if (passed.size > 0) this.#suspect(parent, passed);
    return kept;
  }

  #suspect(commit: CommitInfo, lines: Lines): void {
    const known = this.#suspects.get(commit.oid);
    if (known === undefined) {
      this.#suspects.set(commit.oid, { commit, lines: new Map(lines) });
      return;
    }
    for (const [range, numbers] of lines) known.lines.set(range, [...(known.lines.get(range) ?? []), ...numbers]);
  }

  /** These lines' ranges were last changed by the commit, or nobody knows by whom. */
  #settle(lines: Lines, commit?: CommitInfo): void {
    for (const range of lines.keys()) {
      if (!this.#open.delete(range)) continue;
      this.#found[range] = commit;
      for (const suspect of this.#suspects.values()) suspect.lines.delete(range);
    }
  }

  #newest(): { readonly commit: CommitInfo; readonly lines: Lines } | undefined {
    let newest: { readonly commit: CommitInfo; readonly lines: Lines } | undefined;
    for (const [oid, suspect] of this.#suspects) {
      if (suspect.lines.size === 0) this.#suspects.delete(oid);
      else if (newest === undefined || suspect.commit.committer.timestampMs > newest.commit.committer.timestampMs) {
        newest = suspect;
      }
    }
    if (newest !== undefined) this.#suspects.delete(newest.commit.oid);
    return newest;
  }

  async #read(blob: Oid): Promise<Uint8Array> {
    const bytes = (await this.#source.readBlobs([blob])).get(blob);
    return bytes ?? new Uint8Array();
  }
}

function linesBetween(first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
