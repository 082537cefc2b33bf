import type { Backend, Oid } from "@vexil/plugin-api";
import type { SyncEvent } from "../../model/events.js";
import { wantedBranch } from "../ref-names.js";
import type { StepContext } from "../step-context.js";
import type { StorageEvents } from "../storage-events.js";
import type { BranchReconciler } from "./branch-reconciler.js";
import type { BranchSet } from "./branch-set.js";
import type { ChangedBranches } from "./changed-branches.js";
import type { Pruner } from "./pruner.js";
import type { StateNotices } from "./state-notices.js";
import type { WorkTreeReader } from "./work-tree-reader.js";

/** Properties of a storage that a rebuild depends on. */
export interface RebuiltStorage {
  readonly branch: string;
  readonly backend: Backend;
  /** Another daemon polls the remote. */
  readonly isFollowing: () => boolean;
}

/** Looks at the backend anew and serves what changed there. */
export class Rebuilder {
  readonly #storage: RebuiltStorage;
  readonly #pruner: Pruner;
  readonly #reader: WorkTreeReader | undefined;
  readonly #branches: BranchSet;
  readonly #reconciler: BranchReconciler;
  readonly #changed: ChangedBranches;
  readonly #notices: StateNotices;
  readonly #events: StorageEvents;

  /** @param reader where there is a work tree */
  constructor(
    storage: RebuiltStorage,
    pruner: Pruner,
    reader: WorkTreeReader | undefined,
    branches: BranchSet,
    reconciler: BranchReconciler,
    changed: ChangedBranches,
    notices: StateNotices,
    events: StorageEvents,
  ) {
    this.#storage = storage;
    this.#pruner = pruner;
    this.#reader = reader;
    this.#branches = branches;
    this.#reconciler = reconciler;
    this.#changed = changed;
    this.#notices = notices;
    this.#events = events;
  }

  async rebuild(context: StepContext): Promise<readonly SyncEvent[]> {
    const { branch, isFollowing } = this.#storage;
    await this.#pruner.ifDue();
    // The work tree comes first: looking at it may put a commit back.
    const look = await this.#reader?.look(context);
    const heads = await this.#heads();
    const names = new Set(heads.keys());
    const reconciled = this.#branches.isSettled(names) ? [] : await this.#reconciler.reconcile(names, context);
    const served = await this.#changed.serve(heads, isFollowing(), context);
    // Told before what is served now: nobody is to take the state for whole meanwhile.
    const told = [...this.#notices.unserved(context), ...(look?.events ?? []), ...reconciled, ...served.events];
    const head = heads.get(branch);
    if (head === undefined) return told;
    const rebuilt = this.#events.of(context, {
      type: "rebuild.succeeded",
      revision: head,
      changed: served.changed,
      following: isFollowing(),
      uncommitted: [...served.edits.keys()].sort(),
      ...(look?.scan?.blocked === undefined ? {} : { blocked: look.scan.blocked }),
    });
    return [...told, rebuilt];
  }

  /** Makes the served branches those of the backend; nothing of them is built. */
  async reconcile(context: StepContext): Promise<readonly SyncEvent[]> {
    return this.#reconciler.reconcile((await this.#heads()).keys(), context);
  }

  /** Heads of the branches that are served, as they are in the backend, by short name. */
  async heads(): Promise<ReadonlyMap<string, Oid>> {
    return new Map([...(await this.#heads())].filter(([name]) => this.#branches.get(name) !== undefined));
  }

  /** All local heads that matter, by short name. */
  async #heads(): Promise<ReadonlyMap<string, Oid>> {
    const { branch, backend } = this.#storage;
    const heads = new Map<string, Oid>();
    for (const [ref, oid] of await backend.refs.list("refs/heads/")) {
      const name = wantedBranch(ref, branch);
      if (name !== undefined) heads.set(name, oid);
    }
    return heads;
  }
}
