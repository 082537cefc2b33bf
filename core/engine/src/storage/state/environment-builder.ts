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
import type { Clock } from "../../model/clock.js";
import type { BranchMove } from "../write/branch-moves.js";
import type { ServedBranch } from "./branch-set.js";
import { type Edits, type EnvironmentFiles, NO_EDITS, withEdits } from "./environment-files.js";
import { markHalfWritten } from "./half-written.js";
import type { FileTable } from "./known-heads.js";
import { LookTime } from "./look-time.js";
import { type MissingDirectory, missingDirectory } from "./missing-directory.js";
import { PastSearches } from "./past-searches.js";
import type { SnapshotStore } from "./snapshot-store.js";
import { UnservedNamespaces } from "./unserved-namespaces.js";

export interface PublishResult {
  /** Environments whose snapshot is new. */
  readonly environments: readonly string[];
  readonly results: readonly BuildResult[];
  /** Environments whose directory is not there. */
  readonly missing: readonly MissingDirectory[];
  /** The commit of the past that namespaces were taken from, if any. */
  readonly recovered: Oid | undefined;
  readonly changed: boolean;
}

/** Turns a commit of a branch, with edits on top, into the snapshots of its environments. */
export class EnvironmentBuilder {
  readonly #repository: Repository;
  readonly #builder: SnapshotBuilder;
  readonly #snapshots: SnapshotStore;
  readonly #limits: FeatureLimits;
  /** Namespaces without a good state. */
  readonly unserved = new UnservedNamespaces();
  /** Time for looking for one. */
  readonly lookTime: LookTime;
  readonly #searches: PastSearches;
  readonly #storage: string;
  /** Branches some of whose files were not read to their end. */
  readonly #partial = new WeakSet<ServedBranch>();
  /** Commit template of each environment's `flipt.yaml`. */
  readonly #templates = new Map<string, string | undefined>();
  /** Files of each environment when they were last listed. */
  readonly #listed = new Map<string, { readonly commit: Oid; readonly directory: string; readonly files: FileTable }>();

  constructor(
    storage: Pick<StorageConfig, "id" | "limits">,
    repository: Repository,
    builder: SnapshotBuilder,
    snapshots: SnapshotStore,
    clock: Clock,
  ) {
    this.#storage = storage.id;
    this.#repository = repository;
    this.#builder = builder;
    this.#snapshots = snapshots;
    this.#limits = storage.limits;
    this.lookTime = new LookTime(clock);
    this.#searches = new PastSearches(repository, storage.limits.historyDepth);
  }

  commitTemplate(environment: string): string | undefined {
    return this.#templates.get(environment);
  }

  /** Builds and publishes all environments of `branch` as `commit` with `edits` has them. */
  async publish(
    branch: ServedBranch,
    commit: Oid,
    edits: Edits,
    options: { readonly own: boolean; readonly now: number; readonly signal: AbortSignal },
  ): Promise<PublishResult> {
    const results: BuildResult[] = [];
    const environments: string[] = [];
    const tables: FileTable[] = [];
    const missing: MissingDirectory[] = [];
    let recovered: Oid | undefined;
    for (const info of branch.environments) {
      const files = await this.files(info, commit, edits);
      tables.push(files.committed);
      const absent = await this.#absent(info, commit, files);
      if (absent !== undefined) missing.push(absent);
      const served = this.#snapshots.get(info.key)?.snapshot;
      // While the search of the past goes on, each look sees more of it.
      const looksBack = served === undefined || this.unserved.isSearching(info.key);
      const lookBack = looksBack ? this.#lookBack(info, commit, files) : undefined;
      const result = await this.build(info, commit, files, options.signal, served ?? null, lookBack);
      this.unserved.note(info.key, result.unserved, result.searched ?? "exhausted");
      if (!this.unserved.isSearching(info.key)) this.#searches.end(info.key);
      if (result.recovered !== undefined) recovered = result.recovered;
      results.push(result);
      this.#templates.set(info.key, result.templates.commitMessage);
      if (
        served === undefined ||
        served.revision !== commit ||
        result.changedNamespaces.size > 0 ||
        served.quarantined.length !== result.snapshot.quarantined.length
      ) {
        environments.push(info.key);
      }
      this.#snapshots.publish(info.key, info.storage, result.snapshot, result.changedNamespaces);
    }
    branch.known.record(commit, merged(tables), options.own, options.now);
    if (results.some((result) => result.isPartial)) this.#partial.add(branch);
    else this.#partial.delete(branch);
    return { environments, results, missing, recovered, changed: environments.length > 0 };
  }

  /** Goes on with the search of an environment's past, for as long as there is time. */
  #lookBack(info: EnvironmentInfo, commit: Oid, files: EnvironmentFiles): BuildInput["lookBack"] {
    const present = { commit, files: files.committed, isEdited: files.contents.size > 0 };
    const search = this.#searches.of(info, present, (faulty) => this.past(faulty));
    const others = this.unserved.searching - (this.unserved.isSearching(info.key) ? 1 : 0);
    return (sought, builtAt) => this.lookTime.share(others, (late) => search.look(sought, builtAt, late));
  }

  async #absent(info: EnvironmentInfo, commit: Oid, files: EnvironmentFiles): Promise<MissingDirectory | undefined> {
    const { key, directory, branch } = info;
    if (directory === "" || files.current.size > 0) return undefined;
    return missingDirectory(this.#repository, commit, { environment: key, directory, branch });
  }

  /** Notes a head on the branch's way to the one that is published next. */
  async record(branch: ServedBranch, move: BranchMove, now: number): Promise<void> {
    const tables: FileTable[] = [];
    for (const info of branch.environments) tables.push((await this.files(info, move.head, NO_EDITS)).committed);
    branch.known.record(move.head, merged(tables), move.own, now);
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

  /** Tells whether building the same commit of the branch again may find more of it. */
  isPartial(branch: ServedBranch): boolean {
    return this.#partial.has(branch) || branch.environments.some(({ key }) => this.unserved.isSearching(key));
  }

  /** Tells whether nothing of the branch, as served now, is quarantined; true before anything is served. */
  isGood(branch: ServedBranch): boolean {
    return branch.environments.every(({ key }) => (this.#snapshots.get(key)?.snapshot?.quarantined.length ?? 0) === 0);
  }

  /** Drops what is kept for a branch that is gone. */
  forget(branch: ServedBranch): void {
    for (const { key } of branch.environments) {
      this.#builder.forget(key);
      this.#templates.delete(key);
      this.#listed.delete(key);
      this.unserved.forget(key);
      this.#searches.end(key);
    }
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

function merged(tables: readonly FileTable[]): FileTable {
  const [only, ...others] = tables;
  if (only !== undefined && others.length === 0) return only;
  const files = new Map<string, Oid>();
  for (const table of tables) for (const [path, oid] of table) files.set(path, oid);
  return files;
}
