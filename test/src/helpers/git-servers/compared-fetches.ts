import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { nativeGit } from "../repositories/native-git.js";
import { DrawnBranches } from "./drawn-branches.js";

export interface ComparedOptions {
  /** A bare repository, which is emptied for each round. */
  readonly repository: string;
  /** Where it is served by git itself, and by what is compared with that. */
  readonly reference: string;
  readonly served: string;
}

/** Rounds in which two clients do the same with a history that grows: one by git's own server, one by another. */
export class ComparedFetches {
  readonly #options: ComparedOptions;
  readonly #scope: Scope;

  constructor(scope: Scope, options: ComparedOptions) {
    this.#scope = scope;
    this.#options = options;
  }

  /** @returns how the two differ, with what was done until then; undefined: they do not */
  async run(seed: number): Promise<string | undefined> {
    const { repository, reference, served } = this.#options;
    const drawn = new DrawnBranches(seed);
    await this.#empty();
    await this.#import(drawn, 4 + drawn.draw(25));
    const directory = await temporaryDirectory(this.#scope);
    const [theirs, ours] = [join(directory, "theirs"), join(directory, "ours")];
    const filter = drawn.pick([
      [],
      [],
      ["--filter=blob:none"],
      ["--filter=blob:limit=600"],
      ["--filter=tree:0"],
      ["--filter=tree:2"],
    ]);
    const version = `protocol.version=${drawn.pick([2, 2, 2, 1, 0])}`;
    const first = [
      ...this.#depth(drawn),
      ...filter,
      ...drawn.pick([["--no-single-branch"], ["--no-single-branch"], ["--single-branch"], ["--mirror"], ["--no-tags"]]),
    ];
    const done: string[] = [`-c ${version} clone ${first.join(" ")}`];
    const clone = (url: string, path: string): Promise<string> =>
      attempt(["-c", version, "clone", "-q", "--no-checkout", ...first, url, path]);
    const cloned = await Promise.all([clone(reference, theirs), clone(served, ours)]);
    for (let step = 0; ; step += 1) {
      const found = cloned.some((text) => text !== "") ? cloned : await Promise.all([theirs, ours].map(stateOf));
      const [expected = "", actual = ""] = found;
      if (!isSame(expected, actual, step > 0 && filter.length > 0)) {
        return `seed ${seed}: after ${done.join("; ")}\nby git alone: ${beyond(expected, actual)}\nby Vexil alone: ${beyond(actual, expected)}`;
      }
      if (step === 3 || cloned.some((text) => text !== "")) break;
      await this.#import(drawn, 1 + drawn.draw(8));
      const options = [
        ...drawn.pick([[], [], this.#depth(drawn), ["--deepen=2"], ["--unshallow"]]),
        ...drawn.pick([[], ["--prune"], ["--tags"]]),
        "--update-shallow",
      ];
      done.push(`fetch ${options.join(" ")}`);
      const fetch = (cwd: string): Promise<string> =>
        attempt(["-C", cwd, "-c", version, "fetch", "-q", "--force", ...options, "origin"]);
      const [one, two] = await Promise.all([fetch(theirs), fetch(ours)]);
      if ((one === "") !== (two === "")) {
        return `seed ${seed}: ${done.join("; ")}\nby git: ${one}\nby Vexil: ${two}`;
      }
    }
    await nativeGit(["-C", repository, "reflog", "expire", "--all"]).catch(() => "");
    await rm(directory, { recursive: true, force: true });
    return undefined;
  }

  #depth(drawn: DrawnBranches): readonly string[] {
    return drawn.pick([
      [],
      [`--depth=${1 + drawn.draw(6)}`],
      [`--shallow-since=${drawn.time()}`],
      ["--shallow-exclude=one"],
    ]);
  }

  async #empty(): Promise<void> {
    const { repository } = this.#options;
    const refs = await nativeGit([
      "-C",
      repository,
      "for-each-ref",
      "--format=delete %(refname)",
      "refs/heads",
      "refs/tags",
    ]);
    await nativeGit(["-C", repository, "update-ref", "--stdin"], { input: `${refs}\n` });
  }

  async #import(drawn: DrawnBranches, count: number): Promise<void> {
    const { repository } = this.#options;
    await nativeGit(["-C", repository, "fast-import", "--quiet", "--force", "--done"], { input: drawn.next(count) });
  }
}

/** All that a clone has. */
async function stateOf(cwd: string): Promise<string> {
  const objects = await nativeGit([
    "-C",
    cwd,
    "rev-list",
    "--objects",
    "--no-object-names",
    "--missing=print",
    "--all",
  ]);
  const refs = await nativeGit(["-C", cwd, "for-each-ref", "--format=%(refname) %(objectname)"]);
  const directory = await nativeGit(["-C", cwd, "rev-parse", "--absolute-git-dir"]);
  const listed = await readFile(join(directory, "shallow"), "utf8").catch(() => "");
  // The end of a history that no ref reaches any more says nothing.
  const shallow = listed
    .split("\n")
    .filter((oid) => objects.includes(oid))
    .join("\n");
  const faults = await attempt(["-C", cwd, "fsck", "--full", "--strict", "--no-dangling", "--connectivity-only"]);
  const sorted = (text: string): string => text.split("\n").sort().join("\n");
  return `${sorted(objects)}\nrefs\n${refs}\nshallow\n${sorted(shallow)}\nfsck\n${faults}`;
}

/** The lines of a text that another has not. */
function beyond(text: string, other: string): string {
  const known = new Set(other.split("\n"));
  return text
    .split("\n")
    .filter((line) => !known.has(line))
    .join("\n");
}

/** Runs git; resolves to what it says when it fails. */
async function attempt(args: readonly string[]): Promise<string> {
  return nativeGit(args).then(
    () => "",
    (error: Error) => `failed: ${error.message}`,
  );
}

/**
 * How a failure is worded is not compared. Of files that a clone leaves out each server sends some that it need not, once
 * there is something to build on: git what differs from files that are not there, which its client fetches then.
 */
function isSame(expected: string, actual: string, isLoose: boolean): boolean {
  if (expected.startsWith("failed") || actual.startsWith("failed")) return expected.slice(0, 6) === actual.slice(0, 6);
  const plain = (text: string): string => (isLoose ? text.replaceAll(/^\?/gm, "") : text);
  const sorted = (text: string): string => [...new Set(plain(text).split("\n"))].sort().join("\n");
  return sorted(actual) === sorted(expected);
}
