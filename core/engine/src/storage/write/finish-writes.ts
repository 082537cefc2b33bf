import type { Oid, RefUpdate } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { headRef, trackingRef } from "../ref-names.js";
import type { GitStorageParts } from "../storage-parts.js";
import type { PreparedGroup } from "./prepared-writes.js";
import { rebaseGroup } from "./rebase-group.js";

/** For how long a person who commits without a pause is built on. */
const PATIENCE_MS = 5_000;

/**
 * Moves the local branch to the group's last commit, after the remote's yes or, without a remote, as the commit
 * itself. Without a remote the group goes on top of what a person commits in that very moment.
 * @returns the group as it lies on the branch now; undefined if the branch was no longer where the group began: nothing
 * moved then
 */
export async function moveBranch(
  parts: GitStorageParts,
  group: PreparedGroup,
  signal: AbortSignal,
): Promise<PreparedGroup | undefined> {
  const { backend } = parts.repository;
  const { workTree } = backend;
  if (workTree === undefined) return (await backend.refs.compareAndSwap([updateOf(group)])) ? group : undefined;
  const until = parts.clock.elapsed() + PATIENCE_MS;
  for (let current = group; ; ) {
    const update = updateOf(current);
    const applied = await workTree.apply(update, signal);
    if (applied.type === "edited") throw uncommitted(applied.paths, current.base);
    if (applied.type === "applied") return current;
    if (parts.remote !== undefined || parts.clock.elapsed() > until) return undefined;
    const head = await parts.repository.head(update.ref);
    const next = head === undefined ? undefined : await rebaseGroup(parts, current, head);
    if (next === undefined) return undefined;
    current = next;
  }
}

const tipOf = ({ commits, base }: PreparedGroup): Oid => commits.at(-1)?.oid ?? base;

function updateOf(group: PreparedGroup): RefUpdate {
  const summary = group.commits.at(-1)?.summary ?? "write";
  return { ref: headRef(group.branch.name), old: group.base, new: tipOf(group), reason: `commit: ${summary}` };
}

function uncommitted(paths: readonly string[], base: Oid): VexilError {
  return new VexilError(
    "VEXIL_CONFLICT_UNCOMMITTED",
    `${paths.join(", ")} has uncommitted edits in the work tree (known commit ${base}); commit or undo them, then try again`,
    { details: { files: paths, known: base } },
  );
}

/** The remote has the commits: the remote-tracking ref says so, unless a poll was faster. */
export async function trackPush(parts: GitStorageParts, group: PreparedGroup): Promise<void> {
  const { refs } = parts.repository.backend;
  const ref = trackingRef(group.branch.name);
  await refs.compareAndSwap([{ ref, old: group.ahead?.base ?? group.base, new: tipOf(group), reason: "push" }]);
}
