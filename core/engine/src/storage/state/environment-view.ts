import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { FilesView } from "@vexil/flags/edit/change";
import type { ParsedFile } from "@vexil/flags/read/document";
import type { Oid } from "@vexil/plugin-api";
import type { EnvironmentBuilder } from "./environment-builder.js";
import { type EnvironmentState, type FilesReader, NO_EDITS } from "./environment-files.js";

/** Parts of a view. */
export interface EnvironmentViewParts {
  readonly state: EnvironmentState;
  readonly reader: FilesReader;
  readonly builder: EnvironmentBuilder;
  readonly signal: AbortSignal;
  /** Makes a commit of the past readable, named by its id or how that begins, if it can be found. */
  readonly reach: (revision: string) => Promise<Oid | undefined>;
}

/** One environment's files at one commit, for changes to read. */
export class EnvironmentView implements FilesView {
  readonly #parts: EnvironmentViewParts;

  constructor(parts: EnvironmentViewParts) {
    this.#parts = parts;
  }

  get revision(): Oid {
    return this.#parts.state.revision;
  }

  get directory(): string {
    return this.#parts.state.info.directory;
  }

  get snapshot(): Snapshot {
    return this.#parts.state.snapshot;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const { state, reader } = this.#parts;
    const oid = state.files.current.get(path);
    return oid === undefined ? undefined : (await reader.blobs([oid], state.files.contents)).get(oid);
  }

  async parse(path: string): Promise<ParsedFile | undefined> {
    const oid = this.#parts.state.files.current.get(path);
    const bytes = await this.read(path);
    return oid === undefined || bytes === undefined ? undefined : this.#parts.reader.parse(path, oid, bytes);
  }

  async at(named: string): Promise<FilesView | undefined> {
    const { state, reader, builder, reach, signal } = this.#parts;
    const revision = await reach(named);
    if (revision === undefined) return undefined;
    const { info } = state;
    const files = await reader.list(info, revision, NO_EDITS);
    // Built on its own: a namespace that is bad today must not lend its state to the past. Tests are those of today.
    const past = { info: { ...info, tests: "off" as const }, revision, files };
    const { snapshot } = await builder.build(past, undefined, { signal });
    return new EnvironmentView({ ...this.#parts, state: { info, revision, files, snapshot } });
  }
}
