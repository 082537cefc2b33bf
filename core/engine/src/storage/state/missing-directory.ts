import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { nearNames } from "./near-names.js";

/** An environment whose directory is not there. */
export interface MissingDirectory {
  readonly environment: string;
  readonly directory: string;
  readonly branch: string;
  readonly reason: string;
}

/**
 * Says that an environment's directory is not in a commit, and what there is instead.
 * @returns undefined when it is there
 */
export async function missingDirectory(
  repository: Pick<Repository, "listDirectories">,
  commit: Oid,
  place: Pick<MissingDirectory, "environment" | "directory" | "branch">,
): Promise<MissingDirectory | undefined> {
  const { environment, directory, branch } = place;
  if ((await repository.listDirectories(commit, directory)) !== undefined) return undefined;
  let instead: readonly string[] = [];
  for (let parent = parentOf(directory); instead.length === 0; parent = parentOf(parent)) {
    const names = (await repository.listDirectories(commit, parent)) ?? [];
    instead = names.map((name) => (parent === "" ? name : `${parent}/${name}`));
    if (parent === "") break;
  }
  const there = instead.length === 0 ? "" : `; there are ${nearNames(directory, instead)}`;
  const reason = `environment ${environment} serves nothing: ${branch} has no directory "${directory}"${there}`;
  return { environment, directory, branch, reason };
}

const parentOf = (directory: string): string => directory.slice(0, Math.max(0, directory.lastIndexOf("/")));
