import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { RefName } from "@vexil/plugin-api";
import { ifThere } from "../disk/if-there.js";
import { readLooseRef } from "./loose-refs.js";

/** The branches that are checked out somewhere → where. */
export function checkedOutBranches(commonDirectory: string, bare: boolean): ReadonlyMap<RefName, string> {
  const found = new Map<RefName, string>();
  for (const gitDirectory of workTreeDirectories(commonDirectory, bare)) {
    const head = readLooseRef(gitDirectory, "HEAD");
    if (head.type !== "symbolic") continue;
    found.set(head.target, gitDirectory === commonDirectory ? dirname(commonDirectory) : placeOf(gitDirectory));
  }
  return found;
}

/** Where each work tree has its own HEAD and index. */
export function workTreeDirectories(commonDirectory: string, bare: boolean): readonly string[] {
  const linked = linkedWorkTrees(commonDirectory).map((name) => join(commonDirectory, "worktrees", name));
  return bare ? linked : [commonDirectory, ...linked];
}

export function linkedWorkTrees(commonDirectory: string): readonly string[] {
  return ifThere(() => readdirSync(join(commonDirectory, "worktrees")), "ENOTDIR") ?? [];
}

function placeOf(gitDirectory: string): string {
  try {
    return dirname(resolve(gitDirectory, readFileSync(join(gitDirectory, "gitdir"), "utf8").trim()));
  } catch {
    return gitDirectory;
  }
}
