import type { StorageConfig } from "@vexil/config/config";
import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import type { ParsedFile } from "@vexil/flags/read/document";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import { blobId } from "@vexil/git/objects/object-id";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import type { FileTable } from "./known-heads.js";

/** Content that differs from the commit's: path → bytes, undefined where the file is deleted. */
export type Edits = ReadonlyMap<string, Uint8Array | undefined>;

export const NO_EDITS: Edits = new Map();

/** An environment's candidate files. */
export interface EnvironmentFiles {
  readonly committed: FileTable;
  readonly current: FileTable;
  /** Bytes of what is not committed, by blob id. */
  readonly contents: ReadonlyMap<Oid, Uint8Array>;
}

/** The state of an environment at a commit, with what was laid on top of it. */
export interface EnvironmentState {
  readonly info: EnvironmentInfo;
  readonly revision: Oid;
  readonly files: EnvironmentFiles;
  readonly snapshot: Snapshot;
}

/** Lists and reads the files of a storage's environments. */
export class FilesReader {
  readonly #storage: Pick<StorageConfig, "id" | "limits">;
  readonly #repository: Repository;
  readonly #parser: Pick<SnapshotBuilder, "parse">;
  /** Files of each environment when they were last listed. */
  readonly #listed = new Map<string, { readonly commit: Oid; readonly directory: string; readonly files: FileTable }>();

  constructor(
    storage: Pick<StorageConfig, "id" | "limits">,
    repository: Repository,
    parser: Pick<SnapshotBuilder, "parse">,
  ) {
    this.#storage = storage;
    this.#repository = repository;
    this.#parser = parser;
  }

  /** The candidate files of an environment at a commit: as committed, and with edits on top. */
  async list(info: EnvironmentInfo, commit: Oid, edits: Edits): Promise<EnvironmentFiles> {
    const wanted = (path: string): boolean => isWantedPath(info.directory, path);
    const committed = await this.#committed(info, commit, wanted);
    return withEdits(committed, edits, wanted);
  }

  /** @param contents bytes of what is not committed, by blob id */
  async blobs(oids: readonly Oid[], contents: EnvironmentFiles["contents"]): Promise<ReadonlyMap<Oid, Uint8Array>> {
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

  /** One file parsed for a write, with its layout. */
  parse(path: string, oid: Oid, bytes: Uint8Array): Promise<ParsedFile> {
    const { id, limits } = this.#storage;
    return this.#parser.parse({ path, oid, bytes, limits, storage: accountOfWrites(id) });
  }

  forget(environment: string): void {
    this.#listed.delete(environment);
  }

  /** Notes what a commit has, so that the next list begins there. */
  note({ key, directory }: EnvironmentInfo, commit: Oid, files: FileTable): void {
    this.#listed.set(key, { commit, directory, files });
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
    this.note(info, commit, files);
    return files;
  }
}

/** Account of the files that writes change: they do not wait for what is slow in the storage. */
export function accountOfWrites(storage: string): string {
  return `the writes of ${storage}`;
}

/** Lays edits over committed files. */
export function withEdits(committed: FileTable, edits: Edits, wanted: (path: string) => boolean): EnvironmentFiles {
  if (edits.size === 0) return { committed, current: committed, contents: new Map() };
  const current = new Map(committed);
  const contents = new Map<Oid, Uint8Array>();
  for (const [path, bytes] of edits) {
    if (!wanted(path)) continue;
    if (bytes === undefined) {
      current.delete(path);
    } else {
      const oid = blobId(bytes);
      current.set(path, oid);
      contents.set(oid, bytes);
    }
  }
  return { committed, current, contents };
}

/** The files of several environments of one branch. */
export function mergedTables(tables: readonly FileTable[]): FileTable {
  const [only, ...others] = tables;
  if (only !== undefined && others.length === 0) return only;
  const files = new Map<string, Oid>();
  for (const table of tables) for (const [path, oid] of table) files.set(path, oid);
  return files;
}
