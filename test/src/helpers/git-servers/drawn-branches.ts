import { lots } from "../repositories/random-history.js";

const BRANCHES = ["main", "one", "two/deep", "three"] as const;
const PATHS = ["a.txt", "dir/b.txt", "dir/c.txt", "dir/sub/d.txt", "dir/sub/e.txt", "other/f.txt"] as const;

/** Draws changes of a repository by lot, as input of `git fast-import`: commits, merges, rewritten branches, tags. */
export class DrawnBranches {
  readonly #draw: (bound: number) => number;
  readonly #known = new Set<string>();
  /** Those that the input at hand has made or moved already. */
  readonly #moved = new Set<string>();
  #seconds = 1_700_000_000;
  #count = 0;
  readonly commits: number[] = [];

  constructor(seed: number) {
    this.#draw = lots(seed);
  }

  /** A number below `bound`. */
  draw(bound: number): number {
    return this.#draw(bound);
  }

  /** One of some values. */
  pick<T>(values: readonly T[]): T {
    return values[this.#draw(values.length)] as T;
  }

  /** The time of one of the commits so far, in seconds since 1970. */
  time(): number {
    return this.pick(this.commits);
  }

  /** The next commits and refs. */
  next(count: number): string {
    const parts: string[] = [];
    this.#moved.clear();
    for (let number = 0; number < count; number += 1) parts.push(this.#change());
    return `${parts.join("")}done\n`;
  }

  #change(): string {
    const lot = this.#known.has("main") ? this.#draw(12) : 11;
    const branch = lot === 11 && !this.#known.has("main") ? "main" : this.pick(BRANCHES);
    if (lot === 0) return this.#tag();
    if (lot === 1) return `reset refs/tags/light-${this.#draw(20)}\nfrom refs/heads/${this.pick([...this.#known])}\n\n`;
    // A branch is put where another one is: its own commits are gone.
    if (lot === 2) {
      const other = this.pick([...this.#known]);
      this.#known.add(branch);
      this.#moved.add(branch);
      return other === branch ? "" : `reset refs/heads/${branch}\nfrom refs/heads/${other}\n\n`;
    }
    return this.#commit(branch, lot === 3 || lot === 4);
  }

  #commit(branch: string, isMerge: boolean): string {
    this.#seconds += this.#draw(3) === 0 ? 0 : 60;
    this.#count += 1;
    this.commits.push(this.#seconds);
    const lines = [
      `commit refs/heads/${branch}`,
      `committer Ada <ada@example.com> ${this.#seconds} +0000`,
      `data <<.\ncommit ${this.#count}\n.`,
    ];
    // Now and then a branch begins anew, without a past.
    const isRoot = this.#known.size > 0 && !this.#known.has(branch) && this.#draw(4) === 0;
    const from = this.#known.has(branch) ? branch : this.pick([...this.#known, ""]);
    if (from === branch && !this.#moved.has(branch)) lines.push(`from refs/heads/${from}^0`);
    else if (!isRoot && from !== "" && from !== branch) lines.push(`from refs/heads/${from}`);
    const other = this.pick([...this.#known, ""]);
    if (isMerge && !isRoot && other !== "" && other !== from) lines.push(`merge refs/heads/${other}`);
    for (let number = this.#draw(4); number >= 0; number -= 1) lines.push(...this.#file());
    this.#known.add(branch);
    this.#moved.add(branch);
    return `${lines.join("\n")}\n\n`;
  }

  #file(): readonly string[] {
    const path = this.pick(PATHS);
    const lot = this.#draw(10);
    if (lot === 0) return [`D ${path}`];
    if (lot === 1) return [`M 160000 ${"5".repeat(40)} modules/m`];
    if (lot === 2) return ["M 120000 inline link", `data <<.\n${path}\n.`];
    const size = this.pick([0, 3, 40, 400]);
    const lines = Array.from({ length: size }, (_, line) => `line ${line} ${this.#draw(line % 7 === 0 ? 50 : 1)}`);
    return [`M ${this.pick(["100644", "100755"])} inline ${path}`, `data <<EOT\n${lines.join("\n")}\nEOT`];
  }

  #tag(): string {
    const name = `tag-${this.#draw(1_000_000)}`;
    const branch = this.pick([...this.#known]);
    const tagger = `tagger Ada <ada@example.com> ${this.#seconds} +0000`;
    return `tag ${name}\nfrom refs/heads/${branch}\n${tagger}\ndata <<.\n${name}\n.\n`;
  }
}
