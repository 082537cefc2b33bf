import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";

/** A commit that an environment of the upstream is served at; an empty one: it is not served any more. */
export interface UpstreamHead {
  readonly environment: string;
  readonly storage?: string | undefined;
  readonly revision: string;
}

/** Environments of a storage that are remembered before they are known here. */
const MOST = 1_000;

/** Parts of nudges. */
export interface NudgesParts {
  readonly snapshots: Pick<SnapshotReader, "get">;
  /** Polls a storage, or branches of it; undefined: there is none of that name. */
  readonly sync: (storage: string, branches?: ReadonlySet<string>) => Promise<unknown> | undefined;
}

/** Has storages polled whose environments are served at other commits upstream; each once at a time. */
export class Nudges {
  readonly #parts: NudgesParts;
  readonly #wanted = new Map<string, Map<string, string>>();
  readonly #running = new Set<string>();

  constructor(parts: NudgesParts) {
    this.#parts = parts;
  }

  /** @returns whether the environment is known here */
  heard({ environment, revision, storage: named }: UpstreamHead): boolean {
    const served = this.#parts.snapshots.get(environment);
    const isKnown = served !== undefined || revision === "";
    // One that is new may be a branch, which its storage finds.
    const storage = served?.info.storage ?? named?.toLowerCase();
    if (storage === undefined || revision === this.#revision(environment)) return isKnown;
    const wanted = this.#wanted.get(storage) ?? new Map<string, string>();
    // The next look beside the stream finds what an upstream tells beyond all measure.
    if (served === undefined && wanted.size >= MOST) return isKnown;
    this.#wanted.set(storage, wanted.set(environment, revision));
    void this.#run(storage);
    return isKnown;
  }

  /** Has a storage polled whatever is served of it. */
  nudge(storage: string): void {
    // How it ends is an event of the storage, logged there.
    this.#parts.sync(storage)?.catch(() => undefined);
  }

  async #run(storage: string): Promise<void> {
    if (this.#running.has(storage)) return;
    this.#running.add(storage);
    // Environments of one storage move together: what is told of the others is heard first.
    await new Promise(setImmediate);
    while (this.#isBehind(storage)) {
      const branches = this.#movedBranches(storage);
      this.#wanted.delete(storage);
      await this.#parts.sync(storage, branches)?.catch(() => undefined);
    }
    this.#wanted.delete(storage);
    this.#running.delete(storage);
  }

  #isBehind(storage: string): boolean {
    const wanted = this.#wanted.get(storage);
    return wanted !== undefined && [...wanted].some(([key, revision]) => this.#revision(key) !== revision);
  }

  /** Undefined: some come or go, which shows in the list of all. */
  #movedBranches(storage: string): ReadonlySet<string> | undefined {
    const branches = new Set<string>();
    for (const [key, revision] of this.#wanted.get(storage) ?? []) {
      const served = this.#parts.snapshots.get(key);
      if (served === undefined || revision === "") return undefined;
      if (served.snapshot?.revision !== revision) branches.add(served.info.branch);
    }
    return branches;
  }

  #revision(environment: string): string | undefined {
    return this.#parts.snapshots.get(environment)?.snapshot?.revision;
  }
}
