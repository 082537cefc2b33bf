/** One commit as native git shows it. */
export interface SeenCommit {
  readonly oid: string;
  readonly parent: string | undefined;
  readonly instance: string | undefined;
  /** Path → added and removed lines. */
  readonly changes: ReadonlyMap<string, { readonly added: readonly string[]; readonly removed: readonly string[] }>;
}

/** The daemon that made a commit, as the commit says; undefined for native git. */
export function writerMark({ instance }: SeenCommit): string | undefined {
  return instance?.split(" ")[0];
}

/** Every commit that any head of the branch had since `start`. */
export class CommitGraph {
  readonly commits: ReadonlyMap<string, SeenCommit>;
  readonly #start: string;

  constructor(start: string, commits: ReadonlyMap<string, SeenCommit>) {
    this.#start = start;
    this.commits = commits;
  }

  /** The commits that put a marker into a file. */
  commitsOf(marker: string): readonly string[] {
    return [...this.commits.values()]
      .filter(({ changes }) =>
        [...changes.values()].some(({ added }) => added.some((line) => line.includes(`name: ${marker} `))),
      )
      .map(({ oid }) => oid);
  }

  /** Tells whether `oid` is `tip` or in its history; all begin at the start. */
  isAncestor(oid: string, tip: string): boolean {
    return oid === this.#start || this.#line(tip).includes(oid);
  }

  /** Commits that `tip` has and `known` does not. */
  between(known: string, tip: string): readonly string[] {
    const seen = new Set(this.#line(known));
    return this.#line(tip).filter((oid) => !seen.has(oid));
  }

  /** Content of a file at a commit: the last commits that put a line into it, by the line's flag. */
  fileAt(tip: string, path: string): string {
    const lines = new Map<string, string>();
    for (const oid of this.#line(tip)) {
      for (const line of this.commits.get(oid)?.changes.get(path)?.added ?? []) {
        const flag = line.split(" # of ")[1] ?? "";
        if (!lines.has(flag)) lines.set(flag, line);
      }
    }
    return [...lines.values()].sort().join("\n");
  }

  /** A commit and its history since the start, newest first. */
  #line(tip: string): readonly string[] {
    const line: string[] = [];
    for (
      let at: string | undefined = tip;
      at !== undefined && this.commits.has(at);
      at = this.commits.get(at)?.parent
    ) {
      line.push(at);
    }
    return line;
  }
}
