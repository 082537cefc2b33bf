import type { StorageConfig } from "@vexil/config/config";
import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import { FaultyFiles } from "@vexil/flags/compile/faulty-files";
import { LookBack } from "@vexil/flags/compile/look-back";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { BuildInput, BuildResult, SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { OlderStates } from "../state/older-states.js";
import { EnvironmentHistory, type HistorySource } from "./environment-history.js";

/** A state of the past that is to be built. */
export interface PastState {
  readonly info: EnvironmentInfo;
  readonly revision: Oid;
  readonly source: HistorySource;
  /** A state that is likely to share most of its namespaces, if there is one. */
  readonly like: Snapshot | undefined;
  readonly holder: string;
}

/**
 * Builds states of the past as a daemon would that is started on that commit: a namespace whose file is faulty there is
 * taken from the commits before.
 */
export class PastBuilds {
  readonly #storage: Pick<StorageConfig, "id" | "limits">;
  readonly #repository: Repository;
  readonly #builder: SnapshotBuilder;
  readonly #faulty = new FaultyFiles();

  constructor(storage: Pick<StorageConfig, "id" | "limits">, repository: Repository, builder: SnapshotBuilder) {
    this.#storage = storage;
    this.#repository = repository;
    this.#builder = builder;
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_STORAGE where files could not be read to their end for now */
  async build(state: PastState, signal: AbortSignal): Promise<Snapshot> {
    const history = new EnvironmentHistory(state.source, signal);
    try {
      return await this.#build(state, history, signal);
    } catch (error) {
      // A poll has let go of what was fetched for somebody before: this time it is fetched again.
      const isGone = VexilError.is(error) && error.code === "VEXIL_UNAVAILABLE_CORRUPT";
      if (!isGone || !(await history.refetch())) throw error;
      return this.#build(state, history, signal);
    }
  }

  async #build(state: PastState, history: EnvironmentHistory, signal: AbortSignal): Promise<Snapshot> {
    const { info, revision, like, holder } = state;
    if ((await history.commit(revision)) === undefined) throw notStored(revision);
    const { directory, key: environment } = info;
    const listed = await this.#repository.listFiles(revision, directory, (path) => isWantedPath(directory, path));
    const files = new Map([...listed.values()].map(({ path, oid }) => [path, oid]));
    const { tests = "off" } = info;
    const input = { ...this.#options(signal), environment, revision, directory, files, tests };
    const lookBack = this.#lookBack(state, files, signal);
    const isAlike = like !== undefined && like.quarantined.length === 0;
    let result = await this.#builder.buildPast(
      isAlike ? { ...input, previous: like } : { ...input, previous: undefined, lookBack },
      holder,
    );
    // What is bad may have been taken from the other state.
    if (isAlike && result.snapshot.quarantined.length > 0) {
      result = await this.#builder.buildPast({ ...input, previous: undefined, lookBack }, holder);
    }
    signal.throwIfAborted();
    requireWhole(result, revision);
    return result.snapshot;
  }

  #options(signal: AbortSignal) {
    return {
      // What the past costs is on an account of its own, and waits for its own turns.
      storage: `the past of ${this.#storage.id}`,
      limits: this.#storage.limits,
      read: (oids: readonly Oid[]) => this.#repository.readBlobs(oids),
      signal,
    };
  }

  #lookBack(
    { info, revision, source }: PastState,
    files: ReadonlyMap<string, Oid>,
    signal: AbortSignal,
  ): NonNullable<BuildInput["lookBack"]> {
    const { historyDepth } = this.#storage.limits;
    const older = new OlderStates(this.#repository, info, historyDepth, "none");
    const search = new LookBack({
      states: this.#builder.past(this.#faulty),
      options: { ...this.#options(signal), directory: info.directory, tests: info.tests ?? "off" },
      older: (paths) => older.of({ commit: revision, files, isEdited: false }, paths),
    });
    // The commit itself may lie as far back as may be looked at from the head.
    const history = new EnvironmentHistory({ ...source, historyDepth: 2 * historyDepth }, signal);
    return async (sought, builtAt) => {
      for (;;) {
        const past = await search.look(sought, builtAt, signal);
        if (past.progress !== "stored" || !(await history.deeper())) return past;
      }
    };
  }
}

function requireWhole({ isPartial, searched }: BuildResult, revision: Oid): void {
  if (!isPartial && searched !== "cut" && searched !== "unread") return;
  throw new VexilError(
    "VEXIL_UNAVAILABLE_STORAGE",
    `slow files keep the state of ${revision.slice(0, 12)} from being built for now; try again soon`,
  );
}

function notStored(revision: Oid): VexilError {
  return new VexilError("VEXIL_NOT_FOUND", `commit ${revision} is not stored, and cannot be fetched`);
}
