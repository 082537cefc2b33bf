import { setImmediate as nextTurn } from "node:timers/promises";
import type { Repository } from "@vexil/git/repository-view";
import type { Backend, Oid, RefUpdate } from "@vexil/plugin-api";
import type { SyncEvent } from "../../model/events.js";
import { chunks } from "../chunks.js";
import { keepCommit } from "../keep-commit.js";
import { headRef, trackingRef } from "../ref-names.js";
import type { Pruner } from "../state/pruner.js";
import type { Rebuilder } from "../state/rebuilder.js";
import type { Download, KeptCommit, StepContext } from "../step-context.js";
import type { StorageEvents } from "../storage-events.js";
import type { CloneFollower } from "./clone-follower.js";

/** Branches that are moved together. */
const AT_ONCE = 100;

/** Brings a storage's branches to what was downloaded, and has them served: the half of a poll in the lane. */
export class RemoteFollower {
  readonly #branch: string;
  readonly #repository: Repository;
  readonly #clone: CloneFollower | undefined;
  readonly #rebuilder: Rebuilder;
  readonly #pruner: Pruner;
  readonly #events: StorageEvents;

  /** @param clone where the branch is checked out for a user */
  constructor(
    branch: string,
    repository: Repository,
    clone: CloneFollower | undefined,
    rebuilder: Rebuilder,
    pruner: Pruner,
    events: StorageEvents,
  ) {
    this.#branch = branch;
    this.#repository = repository;
    this.#clone = clone;
    this.#rebuilder = rebuilder;
    this.#pruner = pruner;
    this.#events = events;
  }

  /** Moves the branches, and serves them. */
  async advance(download: Download, context: StepContext): Promise<readonly SyncEvent[]> {
    const kept = await this.#follow(download, context).catch(async (error: unknown) => {
      // What is in the way is said only after what is there now has been served.
      await this.#rebuilder.rebuild(context);
      throw error;
    });
    const rebuilt = await this.#rebuilder.rebuild(context);
    if (download.changed) {
      await this.#pruner.prune();
      this.#pruner.later();
    }
    const { seeded } = download;
    return [
      ...(seeded === undefined ? [] : [this.#events.seeded(context, seeded, true)]),
      ...kept.map((commit) => this.#events.kept(context, commit)),
      ...rebuilt,
    ];
  }

  /** @returns the commits that were set aside */
  async #follow(download: Download, context: StepContext): Promise<readonly KeptCommit[]> {
    const names = new Set([...download.heads.keys(), ...download.previous.keys(), this.#branch]);
    if (this.#clone !== undefined) {
      names.delete(this.#branch);
      await this.#clone.pull(download, context);
    }
    return followAll(this.#repository, names, download);
  }
}

/**
 * As {@link followBare}, for any number of branches: those whose commit came from the remote move together.
 * @returns the commits that were set aside
 */
export async function followAll(
  repository: Repository,
  names: Iterable<string>,
  { heads, previous }: Pick<Download, "heads" | "previous">,
): Promise<readonly KeptCommit[]> {
  const { refs } = repository.backend;
  const local = await refs.list("refs/heads/");
  const moving = [...names].filter((name) => local.get(headRef(name)) !== heads.get(name));
  const tracked = moving.length === 0 ? local : await refs.list("refs/remotes/origin/");
  const kept: KeptCommit[] = [];
  for (const some of chunks(moving, AT_ONCE)) {
    const moves: RefUpdate[] = [];
    const single: string[] = [];
    for (const name of some) {
      const old = local.get(headRef(name));
      if (old === undefined || old === previous.get(name)) {
        const target = heads.get(name);
        if (target === undefined || tracked.get(trackingRef(name)) === target)
          moves.push(...movesOf(name, old, target));
      } else single.push(name);
    }
    // Somebody may have moved one of them: then each is looked at by itself.
    const moved = moves.length === 0 || (await refs.compareAndSwap(moves));
    for (const name of moved ? single : some) {
      const followed = await followBare(repository, name, heads.get(name), previous.get(name));
      if (followed.kept !== undefined) kept.push(followed.kept);
    }
    await nextTurn();
  }
  return kept;
}

function movesOf(branch: string, local: Oid | undefined, target: Oid | undefined): readonly RefUpdate[] {
  const ref = headRef(branch);
  if (target === undefined) return [{ ref, old: local, new: target, reason: "remote branch is gone" }];
  const reason = "follow remote";
  // A push that overtook this poll has moved both refs: what the poll saw is the past then.
  return [
    { ref: trackingRef(branch), old: target, new: target, reason },
    { ref, old: local, new: target, reason },
  ];
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
  const moves = movesOf(branch, local, target);
  if (target !== undefined) {
    const tracking = trackingRef(branch);
    if ((await refs.list(tracking)).get(tracking) !== target) return { moved: false, kept: undefined };
  }
  if (local === undefined || (await cameFromRemote(repository, local, target, previous))) {
    return { moved: await refs.compareAndSwap(moves), kept: undefined };
  }
  // After a crash each ref is old or new: the kept one goes first, so that the commit is reachable at any time.
  const kept = await keepCommit(repository.backend, local, `replaced on ${branch}`);
  const moved = await refs.compareAndSwap(moves);
  return { moved, kept: moved ? { commit: local, ref: kept, branch } : undefined };
}

/** Tells whether the remote has, or had, a local commit, so that nothing is lost when the branch leaves it. */
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
