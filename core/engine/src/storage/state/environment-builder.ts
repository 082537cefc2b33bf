import type { StorageConfig } from "@vexil/config/config";
import { testsDiffer } from "@vexil/flags/compile/enforce-tests";
import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { FaultyFiles } from "@vexil/flags/compile/faulty-files";
import type { LoadOptions } from "@vexil/flags/compile/file-cache";
import type { PastStates } from "@vexil/flags/compile/past-states";
import type { Hurry } from "@vexil/flags/compile/patience";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { BuildInput, BuildResult, SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import type { BuildChanges } from "@vexil/flags/edit/change";
import type { FeatureLimits } from "@vexil/flags/read/document";
import type { Extent } from "@vexil/flags/read/extents";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import type { ValuePlace } from "@vexil/flags/read/locate-values";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import {
  accountOfWrites,
  type Edits,
  type EnvironmentFiles,
  type EnvironmentState,
  type FilesReader,
  withEdits,
} from "./environment-files.js";
import { markHalfWritten } from "./half-written.js";
import type { FileTable } from "./known-heads.js";
import { type MissingDirectory, missingDirectory } from "./missing-directory.js";
import { PastSearches } from "./past-searches.js";
import type { SnapshotStore } from "./snapshot-store.js";
import type { UnservedNamespaces } from "./unserved-namespaces.js";

/** The state of an environment at a commit of its branch, with edits on top. */
export interface BuiltEnvironment {
  readonly info: EnvironmentInfo;
  /** Its files as committed. */
  readonly committed: FileTable;
  /** Its directory is not there. */
  readonly missing: MissingDirectory | undefined;
  readonly result: BuildResult;
  /** It differs from what is served. */
  readonly isNew: boolean;
}

/** A state that was built before its commit was on the branch: it holds where `served` is still what is served. */
export interface StateAhead {
  readonly committed: FileTable;
  readonly result: BuildResult;
  readonly served: Snapshot;
}

/** Circumstances of a build. */
export interface Building {
  readonly signal: AbortSignal;
  /** Finds namespaces that the previous state does not have. */
  readonly lookBack?: BuildInput["lookBack"];
  /** Somebody waits for some files; undefined: there is no hurry. */
  readonly hurry?: Omit<Hurry, "account"> | undefined;
}

/** Builds the states of a storage's environments from commits, and from edits on top of them. */
export class EnvironmentBuilder {
  readonly #repository: Repository;
  readonly #reader: FilesReader;
  readonly #builder: SnapshotBuilder;
  readonly #snapshots: SnapshotStore;
  readonly #unserved: UnservedNamespaces;
  readonly #limits: FeatureLimits;
  readonly #searches: PastSearches;
  readonly #storage: string;
  readonly #committed = (oids: readonly Oid[]) => this.#repository.readBlobs(oids);
  /** Commit template of each environment's `flipt.yaml`. */
  readonly #templates = new Map<string, string | undefined>();

  constructor(
    storage: Pick<StorageConfig, "id" | "limits">,
    repository: Repository,
    reader: FilesReader,
    builder: SnapshotBuilder,
    snapshots: SnapshotStore,
    unserved: UnservedNamespaces,
  ) {
    this.#storage = storage.id;
    this.#repository = repository;
    this.#reader = reader;
    this.#builder = builder;
    this.#snapshots = snapshots;
    this.#unserved = unserved;
    this.#limits = storage.limits;
    this.#searches = new PastSearches(repository, storage.limits.historyDepth);
  }

  /** Commit template of an environment as it was last built to be served. */
  commitTemplate(environment: string): string | undefined {
    return this.#templates.get(environment);
  }

  /** Builds what an environment is to serve next, and notes what of it has no good state. */
  async next(
    info: EnvironmentInfo,
    { head: commit, edits }: { readonly head: Oid; readonly edits: Edits },
    { signal, hurry }: Pick<Building, "signal" | "hurry">,
  ): Promise<BuiltEnvironment> {
    const { key } = info;
    const files = await this.#reader.list(info, commit, edits);
    const missing = await this.#missing(info, commit, files);
    const served = this.#snapshots.get(key)?.snapshot;
    // While the search of the past goes on, each look sees more of it.
    const looksBack = served === undefined || this.#unserved.isSearching(key) || isDoubtful(info, served);
    const lookBack = looksBack ? this.#lookBack(info, commit, files) : undefined;
    const building = { signal, hurry, lookBack };
    const result = await this.build({ info, revision: commit, files }, served, building);
    const isDoubted = isDoubtful(info, result.snapshot) || isVague(result.snapshot);
    this.#unserved.note(key, result.unserved, result.searched ?? "exhausted", isDoubted);
    if (!this.#unserved.isSearching(key)) this.#searches.end(key);
    this.#templates.set(key, result.templates.commitMessage);
    const isNew =
      served === undefined ||
      served.revision !== commit ||
      result.changedNamespaces.size > 0 ||
      served.quarantined.length !== result.snapshot.quarantined.length ||
      testsDiffer(served.tests, result.snapshot.tests);
    return { info, committed: files.committed, missing, result, isNew };
  }

  /** Goes on with the search of an environment's past, for as long as there is time. */
  #lookBack(info: EnvironmentInfo, commit: Oid, files: EnvironmentFiles): BuildInput["lookBack"] {
    const present = { commit, files: files.committed, isEdited: files.contents.size > 0 };
    const search = this.#searches.of(info, present, (faulty) => this.past(faulty));
    const others = this.#unserved.searching - (this.#unserved.isSearching(info.key) ? 1 : 0);
    return (sought, builtAt) => this.#unserved.lookTime.share(others, (late) => search.look(sought, builtAt, late));
  }

  async #missing(info: EnvironmentInfo, commit: Oid, files: EnvironmentFiles): Promise<MissingDirectory | undefined> {
    const { key, directory, branch } = info;
    if (directory === "" || files.current.size > 0) return undefined;
    return missingDirectory(this.#repository, commit, { environment: key, directory, branch });
  }

  /**
   * Builds a state; nothing is served.
   * @param previous the state that what has not changed is taken from; undefined: none
   */
  async build(
    { info, revision, files: all }: Omit<EnvironmentState, "snapshot">,
    previous: Snapshot | undefined,
    { signal, lookBack, hurry }: Building,
  ): Promise<BuildResult> {
    const { files, found } = markHalfWritten(all, previous);
    for (const { path, oid, parsed } of found) this.#builder.adopt(path, oid, parsed);
    return this.#builder.build({
      ...(lookBack === undefined ? {} : { lookBack }),
      ...(hurry === undefined ? {} : { hurry: { ...hurry, account: accountOfWrites(this.#storage) } }),
      ...this.#input({ info, revision, files }, signal),
      // What takes long is tried again ahead of a build: while one runs the storage does nothing else.
      unread: "kept",
      previous,
    });
  }

  /**
   * Reads the files of a state that is to be built soon, anew what was not read to its end.
   * @returns lets go of them again
   */
  async readAhead(
    info: EnvironmentInfo,
    { head, edits }: { readonly head: Oid; readonly edits: Edits },
    signal: AbortSignal,
  ): Promise<() => void> {
    const files = await this.#reader.list(info, head, edits);
    const previous = this.#snapshots.get(info.key)?.snapshot;
    return this.#builder.readAhead({ ...this.#input({ info, revision: head, files }, signal), previous });
  }

  #input({ info, revision, files }: Omit<EnvironmentState, "snapshot">, signal: AbortSignal) {
    return {
      environment: info.key,
      storage: this.#storage,
      revision,
      directory: info.directory,
      files: files.current,
      read: (oids: readonly Oid[]) => this.#reader.blobs(oids, files.contents),
      again: this.#committed,
      limits: this.#limits,
      tests: info.tests ?? "off",
      signal,
    };
  }

  /**
   * Builds what a state becomes with files changed; nothing is served.
   * @param until when all other files are waited for
   */
  changed({ snapshot, ...state }: EnvironmentState, signal: AbortSignal, until: number): BuildChanges {
    return (changes, parsed = new Map()) => {
      const { info, files } = state;
      const changed = withEdits(files.current, changes, (path) => isWantedPath(info.directory, path));
      for (const [path, file] of parsed) {
        const oid = changed.current.get(path);
        if (oid !== undefined) this.#builder.adopt(path, oid, file);
      }
      const contents = new Map([...files.contents, ...changed.contents]);
      const hurry = { own: new Set(changes.keys()), until };
      return this.build({ ...state, files: { ...changed, contents } }, snapshot, { signal, hurry });
    };
  }

  /** Drops what is kept for an environment that is gone. */
  forget(environment: string): void {
    this.#builder.forget(environment);
    this.#templates.delete(environment);
    this.#reader.forget(environment);
    this.#searches.end(environment);
  }

  /** Where values are in a version of a features file; none where it cannot be read. */
  extents(path: string, oid: Oid, bytes: Uint8Array, places: readonly ValuePlace[]): Promise<readonly Extent[]> {
    const storage = accountOfPast(this.#storage);
    return this.#builder.extents({ path, oid, bytes, limits: this.#limits, storage }, places);
  }

  /**
   * Returns the past states and the options to read them with.
   * @param faulty remembers those of their files that have faults
   */
  past(faulty?: FaultyFiles): { readonly states: PastStates; readonly options: Omit<LoadOptions, "signal"> } {
    const options = {
      limits: this.#limits,
      storage: accountOfPast(this.#storage),
      read: this.#committed,
    };
    return { states: this.#builder.past(faulty), options };
  }
}

/** Account of what the past costs: that waits for turns of its own, as polls and writes have theirs. */
function accountOfPast(storage: string): string {
  return `the past of ${storage}`;
}

/** Tells whether namespaces may be served whose tests fail, though tests are enforced: that began while it ran. */
function isDoubtful({ tests }: EnvironmentInfo, served: Snapshot): boolean {
  return tests === "enforce" && (served.tests?.enforced !== true || served.tests.untrusted.size > 0);
}

/** Tells whether it may not be known which namespaces some tests are about. */
function isVague({ tests }: Snapshot): boolean {
  return tests?.enforced === true && [...tests.files.values()].some(({ hasUnplaced }) => hasUnplaced);
}
