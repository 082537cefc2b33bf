import type { EnvironmentConfig, StorageConfig } from "@vexil/config/config";
import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import { VexilError } from "@vexil/plugin-api/errors";
import { type BranchesOverLimit, type ChosenBranch, chooseBranches } from "./choose-branches.js";
import { KnownHeads } from "./known-heads.js";
import type { SnapshotStore } from "./snapshot-store.js";

/** A branch that is served: the storage's own, with all configured environments, or one of a branch environment. */
export interface ServedBranch {
  /** Short name. */
  readonly name: string;
  readonly environments: readonly EnvironmentInfo[];
  readonly known: KnownHeads;
  /** Where a branch environment comes from; undefined for the storage's own branch. */
  readonly origin: ChosenBranch | undefined;
}

/** Changes from reconciling the served branches with those that exist. */
export interface BranchChanges {
  readonly appeared: readonly ServedBranch[];
  readonly vanished: readonly ServedBranch[];
}

/** The configured environments that a storage serves. */
export function environmentsOf(
  storage: StorageConfig,
  environments: Iterable<EnvironmentConfig>,
  remote: string | undefined,
): readonly EnvironmentInfo[] {
  return [...environments]
    .filter((environment) => environment.storage === storage.id)
    .map((environment) => ({
      key: environment.name,
      storage: storage.id,
      default: environment.default,
      branch: storage.branch,
      directory: environment.directory,
      remote,
      base: undefined,
      tests: environment.tests,
    }));
}

/** The branches of a storage, with the environments they carry. */
export class BranchSet {
  readonly main: ServedBranch;
  /**
   * Tells whether any environment reads a file. One function for the life of the storage: a work tree may remember what
   * it accepted.
   */
  readonly isWanted = (path: string): boolean =>
    this.main.environments.some(({ directory }) => isWantedPath(directory, path));
  readonly #branches = new Map<string, ServedBranch>();
  /** By environment key. */
  readonly #environments = new Map<string, { readonly branch: ServedBranch; readonly info: EnvironmentInfo }>();
  readonly #limits: ReadonlyMap<string, number>;
  #onRemote: ReadonlySet<string> = new Set();
  #overLimit: readonly BranchesOverLimit[] = [];
  readonly #storage: string;
  readonly #snapshots: SnapshotStore;
  readonly #remote: string | undefined;

  constructor(
    storage: StorageConfig,
    environments: readonly EnvironmentConfig[],
    snapshots: SnapshotStore,
    displayUrl: string | undefined,
  ) {
    this.#storage = storage.id;
    this.#snapshots = snapshots;
    this.#remote = displayUrl;
    this.#limits = new Map(environments.map(({ name, maxBranches }) => [name, maxBranches]));
    this.main = {
      name: storage.branch,
      known: new KnownHeads(),
      origin: undefined,
      environments: environmentsOf(storage, environments, displayUrl),
    };
    this.#add(this.main);
  }

  all(): readonly ServedBranch[] {
    return [...this.#branches.values()];
  }

  get(name: string): ServedBranch | undefined {
    return this.#branches.get(name);
  }

  ofEnvironment(key: string): { readonly branch: ServedBranch; readonly info: EnvironmentInfo } | undefined {
    return this.#environments.get(key);
  }

  /** Branches that exist and are not served, since there are more than their environments' limits allow. */
  get overLimit(): readonly BranchesOverLimit[] {
    return this.#overLimit;
  }

  /**
   * Tells whether the served branches are those that exist, so that there is nothing to choose.
   * @param names short names of existing branches
   */
  isSettled(names: ReadonlySet<string>): boolean {
    if (this.#overLimit.length > 0) return false;
    for (const name of this.#branches.keys()) if (name !== this.main.name && !names.has(name)) return false;
    for (const some of [names, this.#onRemote]) for (const name of some) if (!this.#branches.has(name)) return false;
    return true;
  }

  /**
   * Notes which branches the remote has.
   * @param names short names
   * @returns those of them that are to be followed: the storage's own, those served, and new ones as far as there is room
   */
  async follow(names: Iterable<string>): Promise<ReadonlySet<string>> {
    const existing = new Set(names);
    this.#onRemote = existing;
    if (this.isSettled(existing)) return existing;
    const served = this.#served().filter(({ name }) => existing.has(name));
    const going = this.#served().filter(({ name }) => !existing.has(name));
    const freed = new Set(going.map(({ key }) => key.trim().toLowerCase()));
    const isTaken = (key: string): boolean => !freed.has(key.trim().toLowerCase()) && this.#isTaken(key);
    const { chosen } = await chooseBranches({ served, names: existing, limits: this.#limits, isTaken });
    const followed = new Set([...served, ...chosen].map(({ name }) => name));
    if (existing.has(this.main.name)) followed.add(this.main.name);
    return followed;
  }

  /**
   * Makes the served branches what exists now. A branch whose key is taken, whose base is unknown, or for which there is
   * no room, is not served.
   * @param names short names of existing branches
   */
  async reconcile(names: Iterable<string>): Promise<BranchChanges> {
    const existing = new Set(names);
    const vanished = this.all().filter((branch) => branch !== this.main && !existing.has(branch.name));
    for (const branch of vanished) this.#remove(branch);
    const { chosen, overLimit } = await chooseBranches({
      served: this.#served(),
      names: existing,
      elsewhere: this.#onRemote,
      limits: this.#limits,
      isTaken: (key) => this.#isTaken(key),
    });
    this.#overLimit = overLimit;
    const appeared = chosen.map((origin) => this.#adopt(origin)).filter((branch) => branch !== undefined);
    // Where there is nothing yet, nothing is known of them either.
    if (existing.has(this.main.name)) for (const key of this.#left()) this.#snapshots.remove(key);
    return { appeared, vanished };
  }

  /** Branch environments that the storage served before it was opened anew, and that it has not taken over. */
  #left(): readonly string[] {
    return this.#snapshots
      .all()
      .filter(({ info }) => info.storage === this.#storage && info.base !== undefined)
      .map(({ info }) => info.key)
      .filter((key) => !this.#environments.has(key));
  }

  #isTaken(key: string): boolean {
    return this.#snapshots.isTaken(key) && !this.#left().some((left) => sameKey(left, key));
  }

  /** @throws VexilError VEXIL_REFUSED_LIMIT when a branch of `base` would not be served */
  requireRoom(base: string): void {
    const root = this.ofEnvironment(base)?.branch.origin?.root ?? base;
    const limit = this.#limits.get(root) ?? 0;
    if (this.#served().filter((branch) => branch.root === root).length < limit) return;
    throw new VexilError(
      "VEXIL_REFUSED_LIMIT",
      `environment ${root} has ${limit} branches, which is its max_branches; delete one, or raise environments.${root}.max_branches`,
    );
  }

  #served(): readonly ChosenBranch[] {
    return this.all()
      .map(({ origin }) => origin)
      .filter((origin) => origin !== undefined);
  }

  #adopt(origin: ChosenBranch): ServedBranch | undefined {
    const base = this.ofEnvironment(origin.base);
    // Another storage may have taken the key while this one made its choice.
    if (base === undefined || this.#isTaken(origin.key)) return undefined;
    const info: EnvironmentInfo = {
      ...base.info,
      key: origin.key,
      branch: origin.name,
      remote: this.#remote,
      base: base.info.key,
    };
    return this.#add({ name: origin.name, environments: [info], known: new KnownHeads(), origin });
  }

  #add(branch: ServedBranch): ServedBranch {
    this.#branches.set(branch.name, branch);
    for (const info of branch.environments) {
      this.#environments.set(info.key, { branch, info });
      this.#snapshots.declare(info);
    }
    return branch;
  }

  #remove(branch: ServedBranch): void {
    this.#branches.delete(branch.name);
    for (const { key } of branch.environments) {
      this.#environments.delete(key);
      this.#snapshots.remove(key);
    }
  }
}

const sameKey = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();
