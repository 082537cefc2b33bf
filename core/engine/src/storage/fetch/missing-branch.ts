import type { StorageConfig } from "@vexil/config/config";
import type { Remote } from "@vexil/git/remote/remote";
import { VexilError } from "@vexil/plugin-api/errors";
import { nearNames } from "../state/near-names.js";

const HEADS = "refs/heads/";

/** Why a remote that lacks the storage's branch is not given it. */
export interface MissingBranch {
  readonly storage: Pick<StorageConfig, "id" | "branch" | "readOnly">;
  /** Short names of the branches that there are. */
  readonly existing: readonly string[];
  /** The remote had it at an earlier poll. */
  readonly had: boolean;
}

/**
 * Lists what a remote has instead of a branch.
 * @returns short names of its branches; `empty` when it has no ref at all
 */
export async function branchesOf(
  remote: Remote,
  signal: AbortSignal,
): Promise<{ readonly existing: readonly string[]; readonly empty: boolean }> {
  const heads = (await remote.listRefs([HEADS], signal)).refs;
  if (heads.size > 0) return { existing: [...heads.keys()].map((ref) => ref.slice(HEADS.length)), empty: false };
  return { existing: [], empty: (await remote.listRefs(["refs/"], signal)).refs.size === 0 };
}

/** VEXIL_REMOTE_BRANCH_GONE, saying what there is instead and what to do. */
export function missingBranch({ storage, existing, had }: MissingBranch): VexilError {
  const { id, branch, readOnly } = storage;
  const what = had
    ? `the remote no longer has the branch "${branch}"; its last state stays`
    : `the remote has no branch "${branch}"`;
  const instead =
    existing.length > 0 ? `it has ${nearNames(branch, existing)}` : readOnly ? "it is empty" : "it has no branches";
  const advice =
    existing.length > 0 || !readOnly
      ? `push the branch, or change storage.${id}.branch`
      : `push the branch: with storage.${id}.read_only nothing is made there`;
  return new VexilError("VEXIL_REMOTE_BRANCH_GONE", `${what}; ${instead}. ${advice}`, { details: { step: "ref" } });
}
