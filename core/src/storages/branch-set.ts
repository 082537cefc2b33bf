import type { EnvironmentConfig, StorageConfig } from "../config/config.js";
import { isWantedPath } from "../features/feature-paths.js";
import type { EnvironmentInfo } from "../snapshots/environment.js";
import type { SnapshotStore } from "../snapshots/snapshot-store.js";
import { KnownHeads } from "./known-heads.js";
import { branchEnvironment } from "./ref-names.js";

/** A branch that is served: the storage's own, with all configured environments, or one of a branch environment. */
export interface ServedBranch {
  /** Short name. */
  readonly name: string;
  readonly environments: readonly EnvironmentInfo[];
  readonly known: KnownHeads;
}

/** The branches of a storage, with the environments they carry. */
export class BranchSet {
  readonly main: ServedBranch;
  /**
   * Whether any environment reads a file. One function for the life of the storage: a work tree may remember what it
   * accepted.
   */
  readonly isWanted = (path: string): boolean =>
    this.main.environments.some(({ directory }) => isWantedPath(directory, path));
  readonly #branches = new Map<string, ServedBranch>();
  readonly #snapshots: SnapshotStore;
  readonly #remote: string | undefined;

  constructor(
    storage: StorageConfig,
    environments: readonly EnvironmentConfig[],
    snapshots: SnapshotStore,
    displayUrl: string | undefined,
  ) {
    this.#snapshots = snapshots;
    this.#remote = displayUrl;
    this.main = {
      name: storage.branch,
      known: new KnownHeads(),
      environments: environments.map((environment) => ({
        key: environment.name,
        storage: storage.id,
        default: environment.default,
        branch: storage.branch,
        directory: environment.directory,
        remote: displayUrl,
        base: undefined,
      })),
    };
    for (const info of this.main.environments) snapshots.declare(info);
    this.#branches.set(this.main.name, this.main);
  }

  all(): readonly ServedBranch[] {
    return [...this.#branches.values()];
  }

  get(name: string): ServedBranch | undefined {
    return this.#branches.get(name);
  }

  ofEnvironment(key: string): { readonly branch: ServedBranch; readonly info: EnvironmentInfo } | undefined {
    for (const branch of this.#branches.values()) {
      const info = branch.environments.find((environment) => environment.key === key);
      if (info !== undefined) return { branch, info };
    }
    return undefined;
  }

  /** Environments that branch from `base`. */
  branchesOf(base: string): readonly ServedBranch[] {
    return this.all().filter((branch) => branch.environments[0]?.base === base);
  }

  /**
   * Makes the served branches what exists now. A branch whose key is taken, or whose base is unknown, is not served.
   * @param names short names of existing branches
   */
  reconcile(names: Iterable<string>): {
    readonly appeared: readonly ServedBranch[];
    readonly vanished: readonly ServedBranch[];
  } {
    const existing = new Set(names);
    const vanished = this.all().filter((branch) => branch !== this.main && !existing.has(branch.name));
    for (const branch of vanished) {
      this.#branches.delete(branch.name);
      for (const info of branch.environments) this.#snapshots.remove(info.key);
    }
    const appeared: ServedBranch[] = [];
    // A branch may be the base of another one: go on until nothing new is found.
    for (let found = true; found; ) {
      found = false;
      for (const name of existing) {
        const branch = this.#branches.has(name) ? undefined : this.#adopt(name);
        if (branch === undefined) continue;
        appeared.push(branch);
        found = true;
      }
    }
    return { appeared, vanished };
  }

  #adopt(name: string): ServedBranch | undefined {
    const parts = branchEnvironment(name);
    const base = parts === undefined ? undefined : this.ofEnvironment(parts.base);
    if (parts === undefined || base === undefined || this.#taken(parts.key)) return undefined;
    const info: EnvironmentInfo = {
      ...base.info,
      key: parts.key,
      branch: name,
      remote: this.#remote,
      base: base.info.key,
    };
    const branch: ServedBranch = { name, environments: [info], known: new KnownHeads() };
    this.#branches.set(name, branch);
    this.#snapshots.declare(info);
    return branch;
  }

  #taken(key: string): boolean {
    const wanted = key.trim().toLowerCase();
    return this.#snapshots.all().some((served) => served.info.key.trim().toLowerCase() === wanted);
  }
}
