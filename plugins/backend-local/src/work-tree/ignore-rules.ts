import ignore, { type Ignore } from "ignore";

/** One file of ignore patterns: its text, and the directory (`""` or `a/b/`) it speaks of. */
export interface IgnoreFile {
  readonly directory: string;
  readonly text: string;
}

/** Rules for what git leaves out of a work tree (gitignore(5)). */
export class IgnoreRules {
  /** The strongest first. */
  readonly #files: readonly { readonly directory: string; readonly rules: Ignore }[];

  /** @param files the strongest last: `info/exclude`, the root directory, those below it */
  constructor(files: readonly IgnoreFile[]) {
    this.#files = files
      .map(({ directory, text }) => ({ directory, rules: ignore({ ignorecase: false }).add(text) }))
      .reverse();
  }

  /** @param path a directory's ends in a slash; those above it are not ignored */
  ignores(path: string): boolean {
    for (const { directory, rules } of this.#files) {
      if (!path.startsWith(directory) || path === directory) continue;
      const { ignored, unignored } = rules.test(path.slice(directory.length));
      if (ignored) return true;
      if (unignored) return false;
    }
    return false;
  }
}
