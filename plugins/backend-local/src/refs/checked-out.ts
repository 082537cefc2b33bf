import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { RefName } from "@vexil/core/plugin";
import { errnoOf } from "../disk/disk-error.js";
import { readLooseRef } from "./loose-refs.js";

/** The branches that are checked out somewhere → where. */
export function checkedOutBranches(commonDirectory: string, bare: boolean): ReadonlyMap<RefName, string> {
  const found = new Map<RefName, string>();
  const look = (gitDirectory: string, place: string): void => {
    const head = readLooseRef(gitDirectory, "HEAD");
    if (head.type === "symbolic") found.set(head.target, place);
  };
  if (!bare) look(commonDirectory, dirname(commonDirectory));
  for (const name of linkedWorkTrees(commonDirectory)) {
    const gitDirectory = join(commonDirectory, "worktrees", name);
    look(gitDirectory, placeOf(gitDirectory));
  }
  return found;
}

export function linkedWorkTrees(commonDirectory: string): readonly string[] {
  try {
    return readdirSync(join(commonDirectory, "worktrees"));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return [];
    throw error;
  }
}

function placeOf(gitDirectory: string): string {
  try {
    return dirname(resolve(gitDirectory, readFileSync(join(gitDirectory, "gitdir"), "utf8").trim()));
  } catch {
    return gitDirectory;
  }
}
