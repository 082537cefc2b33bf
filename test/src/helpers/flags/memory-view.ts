import { createHash } from "node:crypto";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { BuildResult, SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { applyChange as apply } from "@vexil/flags/edit/apply-change";
import type { AppliedChange, Change, FilesView } from "@vexil/flags/edit/change";
import type { ParsedFile } from "@vexil/flags/read/document";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";

export type Files = ReadonlyMap<string, Uint8Array>;

const blobId = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/** Files in memory as a write sees them. */
export class MemoryView implements FilesView {
  readonly revision: string;
  readonly directory: string;
  readonly snapshot: Snapshot;
  readonly files: Files;
  readonly #builder: SnapshotBuilder;
  readonly #past: ReadonlyMap<string, MemoryView>;

  private constructor(
    builder: SnapshotBuilder,
    files: Files,
    snapshot: Snapshot,
    directory: string,
    past: ReadonlyMap<string, MemoryView>,
  ) {
    this.#builder = builder;
    this.files = files;
    this.snapshot = snapshot;
    this.revision = snapshot.revision;
    this.directory = directory;
    this.#past = past;
  }

  static async of(
    builder: SnapshotBuilder,
    texts: Readonly<Record<string, string | Uint8Array>>,
    directory = "",
  ): Promise<MemoryView> {
    const files = new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text as string)] as const));
    const { snapshot } = await build(builder, files, directory, undefined);
    return new MemoryView(builder, files, snapshot, directory, new Map());
  }

  text(path: string): string | undefined {
    const bytes = this.files.get(path);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
  }

  /** The view after changes. */
  async after(changes: ReadonlyMap<string, Uint8Array | undefined>): Promise<MemoryView> {
    const files = changed(this.files, changes);
    const { snapshot } = await build(this.#builder, files, this.directory, this.snapshot);
    return new MemoryView(
      this.#builder,
      files,
      snapshot,
      this.directory,
      new Map([...this.#past, [this.revision, this]]),
    );
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.files.get(path);
  }

  async parse(path: string): Promise<ParsedFile | undefined> {
    const bytes = this.files.get(path);
    if (bytes === undefined) return undefined;
    return this.#builder.parse({ path, oid: blobId(bytes), bytes, limits: DEFAULT_FEATURE_LIMITS, storage: "default" });
  }

  async build(
    changes: ReadonlyMap<string, Uint8Array | undefined>,
    parsed: ReadonlyMap<string, ParsedFile> = new Map(),
  ): Promise<BuildResult> {
    for (const [path, file] of parsed) {
      const bytes = changes.get(path);
      if (bytes !== undefined) this.#builder.adopt(path, blobId(bytes), file);
    }
    return build(this.#builder, changed(this.files, changes), this.directory, this.snapshot);
  }

  async at(revision: string): Promise<FilesView | undefined> {
    return revision === this.revision ? this : this.#past.get(revision);
  }
}

/** Applies a change as a write does. */
export function applyChange(change: Change, view: MemoryView): Promise<AppliedChange> {
  return apply(change, view, (changes, parsed) => view.build(changes, parsed));
}

function changed(files: Files, changes: ReadonlyMap<string, Uint8Array | undefined>): Files {
  const result = new Map(files);
  for (const [path, bytes] of changes) {
    if (bytes === undefined) result.delete(path);
    else result.set(path, bytes);
  }
  return result;
}

function build(
  builder: SnapshotBuilder,
  files: Files,
  directory: string,
  previous: Snapshot | undefined,
): Promise<BuildResult> {
  const byId = new Map([...files.values()].map((bytes) => [blobId(bytes), bytes]));
  const oids = new Map([...files].map(([path, bytes]) => [path, blobId(bytes)]));
  const revision = createHash("sha1")
    .update(
      [...oids]
        .sort()
        .map((entry) => entry.join(" "))
        .join("\n"),
    )
    .digest("hex");
  return builder.build({
    environment: "default",
    storage: "default",
    revision,
    directory,
    files: oids,
    read: async (wanted) => new Map(wanted.map((oid) => [oid, byId.get(oid) ?? new Uint8Array()])),
    previous,
    limits: DEFAULT_FEATURE_LIMITS,
  });
}
