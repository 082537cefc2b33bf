import type { Backend, Oid, RefUpdate } from "../contract/backend.js";
import type { Repository } from "../git/repository-view.js";
import { headRef, keptRef, trackingRef } from "./ref-names.js";

/** A local commit that was set aside because the remote's history replaces it. */
export interface KeptCommit {
  readonly commit: Oid;
  readonly ref: string;
  readonly branch: string;
}

/**
 * Where nobody edits files, the remote wins: its head becomes the branch. A local commit that the remote never had is
 * kept under `refs/vexil/kept/` first.
 */
export async function followBare(
  repository: Repository,
  branch: string,
  target: Oid | undefined,
  previous: Oid | undefined,
): Promise<{ readonly moved: boolean; readonly kept: KeptCommit | undefined }> {
  const { refs } = repository.backend;
  const ref = headRef(branch);
  const local = (await refs.list(ref)).get(ref);
  if (local === target) return { moved: false, kept: undefined };
  const reason = target === undefined ? "remote branch is gone" : "follow remote";
  const moves: RefUpdate[] = [{ ref, old: local, new: target, reason }];
  if (target !== undefined) {
    // A push that overtook this poll has moved both refs: what the poll saw is the past then.
    const tracking = trackingRef(branch);
    if ((await refs.list(tracking)).get(tracking) !== target) return { moved: false, kept: undefined };
    moves.unshift({ ref: tracking, old: target, new: target, reason });
  }
  if (local === undefined || (await cameFromRemote(repository, local, target, previous))) {
    return { moved: await refs.compareAndSwap(moves), kept: undefined };
  }
  // After a crash each ref is old or new: the kept one goes first, so that the commit is reachable at any time.
  const kept = keptRef(local);
  if (!(await refs.list(kept)).has(kept)) {
    await refs.compareAndSwap([{ ref: kept, old: undefined, new: local, reason: `replaced on ${branch}` }]);
  }
  const moved = await refs.compareAndSwap(moves);
  return { moved, kept: moved ? { commit: local, ref: kept, branch } : undefined };
}

/** Whether the remote has, or had, a local commit, so that nothing is lost when the branch leaves it. */
async function cameFromRemote(
  repository: Repository,
  local: Oid,
  target: Oid | undefined,
  previous: Oid | undefined,
): Promise<boolean> {
  if (local === previous) return true;
  // Commits at the boundary of a shallow history were fetched, never made here.
  if ((await shallowCommits(repository.backend)).has(local)) return true;
  return target !== undefined && (await repository.isAncestor(local, target)) === true;
}

async function shallowCommits(backend: Backend): Promise<ReadonlySet<Oid>> {
  return (await backend.shallow?.read()) ?? new Set();
}
