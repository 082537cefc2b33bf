import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { BuildResult } from "@vexil/flags/compile/snapshot-builder";
import type { FilesView } from "@vexil/flags/edit/change";
import type { ParsedFile } from "@vexil/flags/read/document";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import type { EnvironmentBuilder } from "./environment-builder.js";
import { type EnvironmentFiles, NO_EDITS, withEdits } from "./environment-files.js";

/** Parts of a view. */
export interface EnvironmentViewParts {
  readonly info: EnvironmentInfo;
  readonly revision: Oid;
  readonly snapshot: Snapshot;
  readonly files: EnvironmentFiles;
  readonly repository: Repository;
  readonly builder: EnvironmentBuilder;
  readonly signal: AbortSignal;
  /** Makes a commit of the past readable, named by its id or how that begins, if it can be found. */
  readonly reach: (revision: string) => Promise<Oid | undefined>;
}

/** One environment's files at one commit, for changes and management reads. */
export class EnvironmentView implements FilesView {
  readonly #parts: EnvironmentViewParts;

  constructor(parts: EnvironmentViewParts) {
    this.#parts = parts;
  }

  get revision(): Oid {
    return this.#parts.revision;
  }

  get directory(): string {
    return this.#parts.info.directory;
  }

  get snapshot(): Snapshot {
    return this.#parts.snapshot;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const { files, repository } = this.#parts;
    const oid = files.current.get(path);
    if (oid === undefined) return undefined;
    return files.contents.get(oid) ?? (await repository.readBlobs([oid])).get(oid);
  }

  async parse(path: string): Promise<ParsedFile | undefined> {
    const oid = this.#parts.files.current.get(path);
    const bytes = await this.read(path);
    return oid === undefined || bytes === undefined ? undefined : this.#parts.builder.parse(path, oid, bytes);
  }

  build(
    changes: ReadonlyMap<string, Uint8Array | undefined>,
    parsed: ReadonlyMap<string, ParsedFile> = new Map(),
  ): Promise<BuildResult> {
    const { info, files, builder, revision, signal, snapshot } = this.#parts;
    const changed = withEdits(files.current, changes, (path) => isWantedPath(info.directory, path));
    for (const [path, file] of parsed) {
      const oid = changed.current.get(path);
      if (oid !== undefined) builder.adopt(path, oid, file);
    }
    const contents = new Map([...files.contents, ...changed.contents]);
    return builder.build(info, revision, { ...changed, contents }, signal, snapshot);
  }

  async at(named: string): Promise<FilesView | undefined> {
    const { info, builder, reach, signal } = this.#parts;
    const revision = await reach(named);
    if (revision === undefined) return undefined;
    const files = await builder.files(info, revision, NO_EDITS);
    // Built on its own: a namespace that is bad today must not lend its state to the past.
    const { snapshot } = await builder.build(info, revision, files, signal, null);
    return new EnvironmentView({ ...this.#parts, revision, files, snapshot });
  }
}
