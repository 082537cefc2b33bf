import { lstatSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ifThere } from "../disk/if-there.js";
import type { Layout } from "../repository/layout.js";
import type { NameFilter } from "./watched-directories.js";

/** Files that change when HEAD, refs, or an operation under way changes. The index says nothing that is served. */
const GIT_FILES = /^(?:HEAD|packed-refs|config|[A-Z_]+_HEAD|rebase-\w+|sequencer|BISECT_LOG)$/;

/** The directories in which the links lie that a path goes through, and the one it lies in itself. */
export function pathTargets(path: string): ReadonlyMap<string, NameFilter> {
  const names = new Map<string, Set<string>>();
  const want = (entry: string): void => {
    const parent = dirname(entry);
    names.set(parent, (names.get(parent) ?? new Set()).add(basename(entry)));
  };
  want(path);
  for (let part = path; part !== dirname(part); part = dirname(part)) if (isLink(part)) want(part);
  return new Map([...names].map(([directory, set]) => [directory, (name: string) => set.has(name)]));
}

/** The directories of a repository in which HEAD and refs lie. */
export function gitTargets({ gitDirectory, commonDirectory }: Layout): ReadonlyMap<string, NameFilter> {
  const targets = new Map<string, NameFilter>();
  for (const directory of [gitDirectory, commonDirectory]) targets.set(directory, (name) => GIT_FILES.test(name));
  const waiting = [join(commonDirectory, "refs", "heads")];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    targets.set(directory, (name) => !name.endsWith(".lock"));
    waiting.push(...subdirectories(directory));
  }
  return targets;
}

function subdirectories(directory: string): readonly string[] {
  const entries = ifThere(() => readdirSync(directory, { withFileTypes: true }), "ENOTDIR") ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name));
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
}

/** The next directory upwards that exists: what is missing will appear in it. */
export function existingParent(path: string): string {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    if (statSync(parent, { throwIfNoEntry: false })?.isDirectory() || parent === dirname(parent)) return parent;
  }
}
