import type { Oid, RefUpdate } from "../contract/backend.js";
import { VexilError } from "../errors/vexil-error.js";
import type { GitStorageParts } from "./git-storage.js";
import type { PreparedGroup } from "./prepared-writes.js";
import { headRef, trackingRef } from "./ref-names.js";

/**
 * Moves the local branch to the group's last commit, after the remote's yes or, without a remote, as the commit
 * itself.
 * @returns false if the branch was no longer where the group began; nothing moved then
 */
export async function moveBranch(
  parts: GitStorageParts,
  group: PreparedGroup,
  tip: Oid,
  signal: AbortSignal,
): Promise<boolean> {
  const { backend } = parts.repository;
  const last = group.commits.at(-1);
  const update: RefUpdate = {
    ref: headRef(group.branch.name),
    old: group.base,
    new: tip,
    reason: `commit: ${last?.summary ?? "write"}`,
  };
  if (parts.remote !== undefined) await trackPush(parts, group, tip);
  if (backend.workTree !== undefined) {
    const applied = await backend.workTree.apply(update, signal);
    if (applied.type === "edited") {
      throw new VexilError(
        "VEXIL_CONFLICT_UNCOMMITTED",
        `${applied.paths.join(", ")} has uncommitted edits in the work tree (known commit ${group.base}); commit or undo them, then try again`,
        { details: { files: applied.paths, known: group.base } },
      );
    }
    return applied.type === "applied";
  }
  return backend.refs.compareAndSwap([update]);
}

/** The remote has the commits: the remote-tracking ref says so, unless a poll was faster. */
async function trackPush(parts: GitStorageParts, group: PreparedGroup, tip: Oid): Promise<void> {
  const { refs } = parts.repository.backend;
  const ref = trackingRef(group.branch.name);
  await refs.compareAndSwap([{ ref, old: group.ahead?.base ?? group.base, new: tip, reason: "push" }]);
}
