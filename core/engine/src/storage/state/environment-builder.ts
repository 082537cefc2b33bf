import type { StorageConfig } from "@vexil/config/config";
import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { FaultyFiles } from "@vexil/flags/compile/faulty-files";
import type { LoadOptions } from "@vexil/flags/compile/file-cache";
import type { PastStates } from "@vexil/flags/compile/past-states";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { BuildInput, BuildResult, SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import type { FeatureLimits, ParsedFile } from "@vexil/flags/read/document";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { type Edits, type EnvironmentFiles, withEdits } from "./environment-files.js";
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

/** Builds the states of a storage's environments from commits, and from edits on top of them. */
export class EnvironmentBuilder {
  readonly #repository: Repository;
  readonly #builder: SnapshotBuilder;
  readonly #snapshots: SnapshotStore;
  readonly #unserved: UnservedNamespaces;
  readonly #limits: FeatureLimits;
  readonly #searches: PastSearches;
  readonly #storage: string;
  /** Commit template of each environment's `flipt.yaml`. */
  readonly #templates = new Map<string, string | undefined>();
  /** Files of each environment when they were last listed. */
  readonly #listed = new Map<string, { readonly commit: Oid; readonly directory: string; readonly files: FileTable }>();

  constructor(
    storage: Pick<StorageConfig, "id" | "limits">,
    repository: Repository,
    builder: SnapshotBuilder,
    snapshots: SnapshotStore,
    unserved: UnservedNamespaces,
  ) {
    this.#storage = storage.id;
    this.#repository = repository;
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
  async next(info: EnvironmentInfo, commit: Oid, edits: Edits, signal: AbortSignal): Promise<BuiltEnvironment> {
    const { key } = info;
    const files = await this.files(info, commit, edits);
    const missing = await this.#missing(info, commit, files);
    const served = this.#snapshots.get(key)?.snapshot;
    // While the search of the past goes on, each look sees more of it.
    const looksBack = served === undefined || this.#unserved.isSearching(key);
    const lookBack = looksBack ? this.#lookBack(info, commit, files) : undefined;
    const result = await this.build(info, commit, files, signal, served ?? null, lookBack);
    this.#unserved.note(key, result.unserved, result.searched ?? "exhausted");
    if (!this.#unserved.isSearching(key)) this.#searches.end(key);
    this.#templates.set(key, result.templates.commitMessage);
    const isNew =
      served === undefined ||
      served.revision !== commit ||
      result.changedNamespaces.size > 0 ||
      served.quarantined.length !== result.snapshot.quarantined.length;
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

  /** The candidate files of an environment at a commit: as committed, and with edits on top. */
  async files(info: EnvironmentInfo, commit: Oid, edits: Edits): Promise<EnvironmentFiles> {
    const wanted = (path: string): boolean => isWantedPath(info.directory, path);
    const committed = await this.#committed(info, commit, wanted);
    return withEdits(committed, edits, wanted);
  }

  /** The files of a commit: what the commit asked for last had, and what has changed between the two. */
  async #committed(info: EnvironmentInfo, commit: Oid, wanted: (path: string) => boolean): Promise<FileTable> {
    const last = this.#listed.get(info.key);
    if (last?.commit === commit && last.directory === info.directory) return last.files;
    // The older commit may be gone from the store: then everything is listed.
    const changed =
      last === undefined || last.directory !== info.directory
        ? undefined
        : await this.#repository.changedFiles(last.commit, commit, info.directory, wanted).catch(() => undefined);
    const files = new Map(changed === undefined ? undefined : last?.files);
    if (changed === undefined) {
      for (const file of (await this.#repository.listFiles(commit, info.directory, wanted)).values()) {
        files.set(file.path, file.oid);
      }
    } else {
      for (const [path, oid] of changed) {
        if (oid === undefined) files.delete(path);
        else files.set(path, oid);
      }
    }
    this.#listed.set(info.key, { commit, directory: info.directory, files });
    return files;
  }

  /**
   * @param previous what is served now unless given; null: nothing
   * @param lookBack finds namespaces that `previous` does not have
   */
  async build(
    info: EnvironmentInfo,
    commit: Oid,
    all: EnvironmentFiles,
    signal: AbortSignal,
    previous: Snapshot | null = this.#snapshots.get(info.key)?.snapshot ?? null,
    lookBack?: BuildInput["lookBack"],
  ): Promise<BuildResult> {
    const { files, found } = markHalfWritten(all, previous ?? undefined);
    for (const { path, oid, parsed } of found) this.#builder.adopt(path, oid, parsed);
    return this.#builder.build({
      ...(lookBack === undefined ? {} : { lookBack }),
      environment: info.key,
      storage: this.#storage,
      revision: commit,
      directory: info.directory,
      files: files.current,
      read: (oids) => this.#read(oids, files.contents),
      previous: previous ?? undefined,
      limits: this.#limits,
      signal,
    });
  }

  /** Drops what is kept for an environment that is gone. */
  forget(environment: string): void {
    this.#builder.forget(environment);
    this.#templates.delete(environment);
    this.#listed.delete(environment);
    this.#searches.end(environment);
  }

  /** One file parsed, with its layout. */
  parse(path: string, oid: Oid, bytes: Uint8Array): Promise<ParsedFile> {
    return this.#builder.parse({ path, oid, bytes, limits: this.#limits, storage: this.#storage });
  }

  /**
   * Returns the past states and the options to read them with.
   * @param faulty remembers those of their files that have faults
   */
  past(faulty?: FaultyFiles): { readonly states: PastStates; readonly options: Omit<LoadOptions, "signal"> } {
    const options = {
      limits: this.#limits,
      // What the past costs is on an account of its own, and waits for its own turns: polls and writes have theirs.
      storage: `the past of ${this.#storage}`,
      read: (oids: readonly Oid[]) => this.#repository.readBlobs(oids),
    };
    return { states: this.#builder.past(faulty), options };
  }

  /** Makes known what an edited file parses to. */
  adopt(path: string, oid: Oid, file: ParsedFile): void {
    this.#builder.adopt(path, oid, file);
  }

  async #read(oids: readonly Oid[], contents: ReadonlyMap<Oid, Uint8Array>): Promise<ReadonlyMap<Oid, Uint8Array>> {
    if (contents.size === 0) return this.#repository.readBlobs(oids);
    const found = new Map<Oid, Uint8Array>();
    for (const oid of oids) {
      const bytes = contents.get(oid);
      if (bytes !== undefined) found.set(oid, bytes);
    }
    const missing = oids.filter((oid) => !found.has(oid));
    if (missing.length > 0) {
      for (const [oid, bytes] of await this.#repository.readBlobs(missing)) found.set(oid, bytes);
    }
    return found;
  }
}
