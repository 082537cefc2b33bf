import type { Oid } from "@vexil/plugin-api";
import type { FileParser, SourceFile } from "../parse/file-parser.js";
import type { FeatureLimits, ParsedFile } from "../read/document.js";
import { sameLimits } from "../read/same-limits.js";
import { type FilesServed, type FileVersion, KeptFiles } from "./kept-files.js";
import { accountOf, type Hurry, leftUnread, Patience } from "./patience.js";
import { blobAgain, bytesOf, type ReadBlobs } from "./read-blobs.js";

/** A features file of an environment, parsed. */
export interface LoadedFile extends FileVersion {
  readonly parsed: ParsedFile;
  /** Namespaces its documents define, each once; with faults, those that could be read. */
  readonly namespaces: readonly string[];
}

/** All features files of an environment at one commit, in load order. */
export interface LoadedState {
  readonly files: readonly LoadedFile[];
  readonly parsedFiles: number;
}

/** A file's bytes, and how it is to be parsed. */
export type FileContent = Pick<SourceFile, "bytes" | "limits" | "storage" | "again">;

export interface LoadOptions extends Pick<SourceFile, "limits" | "storage"> {
  readonly read: ReadBlobs;
  /** The same for as long as the files are kept, unless a blob is there no more. */
  readonly again?: ReadBlobs | undefined;
  readonly signal?: AbortSignal;
  /** Files that were not read to their end when they were last loaded are tried again, unless they are to stay so. */
  readonly unread?: "again" | "kept";
  /** Some files are waited for: the others have little time, and are left unread where it is not enough. */
  readonly hurry?: Hurry;
}

/** Blobs asked for at once: enough to keep the parsers busy, without holding a whole repository. */
const BATCH = 64;
const FIRST_BATCH = 8;
const BATCH_BYTES = 16e6;

/** Those of some files that are known from earlier. */
export type Recall = (
  files: readonly FileVersion[],
  options: Pick<LoadOptions, "read" | "again" | "limits" | "signal">,
) => Promise<ReadonlyMap<FileVersion, ParsedFile>>;

/** Part of a parser that it takes to fill a cache. */
export type CachedParser = Pick<FileParser, "parse" | "layout">;

/** A file of which nothing is known. */
export const NOTHING: ParsedFile = { documents: [], faults: [], sha1: "" };

interface Entry {
  readonly file: Promise<ParsedFile>;
  /** Undefined while it is parsed. */
  parsed: ParsedFile | undefined;
  /** Outcome of the last try, which did not come to an end, while the file is tried again. */
  readonly before: ParsedFile | undefined;
  /** Limits that the file was checked against; undefined for an adopted one, which was edited within them. */
  readonly limits: FeatureLimits | undefined;
  /** Flags and segments; unknown while it is parsed. */
  items: number;
  /** Somebody in a hurry has waited for it in vain: nobody else in a hurry does. */
  isLeft: boolean;
}

/** Parsed files by path and blob id, so that only changed files are parsed. */
export class FileCache {
  readonly #parser: CachedParser;
  readonly #recall: Recall | undefined;
  readonly #kept = new KeptFiles<Entry>();

  /** @param recall finds what earlier processes have parsed */
  constructor(parser: CachedParser, recall?: Recall) {
    this.#parser = parser;
    this.#recall = recall;
  }

  /** The files, parsed, in the order given, and how many had to be parsed for that. */
  async load(versions: readonly FileVersion[], options: LoadOptions): Promise<LoadedState> {
    const patience = new Patience(options.hurry);
    try {
      return await this.#load(versions, options, patience);
    } finally {
      patience.end();
    }
  }

  async #load(versions: readonly FileVersion[], options: LoadOptions, patience: Patience): Promise<LoadedState> {
    const { read, again, limits, storage, signal, unread, hurry } = options;
    const pending = new Map<FileVersion, Promise<ParsedFile>>();
    const [own, others]: [FileVersion[], FileVersion[]] = [[], []];
    for (const file of versions) {
      const known = this.#find(file, limits, unread);
      if (known !== undefined) {
        const isLeft = patience.isHurriedFor(file.path) && this.#isLeft(file);
        pending.set(file, isLeft ? Promise.resolve(leftUnread(file.path)) : known);
      } else (patience.isOwn(file.path) ? own : others).push(file);
    }
    const unknown = [...own, ...others];
    // Whoever is in a hurry waits for few files.
    const recalled = hurry === undefined ? await this.#recall?.(unknown, options) : undefined;
    for (const [file, parsed] of recalled ?? []) pending.set(file, this.#take(file, parsed, limits));
    const missing = unknown.filter((file) => !pending.has(file));
    let batch: readonly FileVersion[] = [];
    for (let start = 0, size = FIRST_BATCH; start < missing.length; start += batch.length) {
      signal?.throwIfAborted();
      if (patience.isOverFor(missing[start]?.path ?? "")) break;
      const before = batch;
      batch = missing.slice(start, start + size);
      const blobs = await read([...new Set(batch.map(({ oid }) => oid))]);
      for (const file of batch) {
        const account = accountOf(file.path, storage, hurry);
        const content = { bytes: bytesOf(file, blobs), limits, storage: account };
        pending.set(file, this.#parse(file, { ...content, again: again && blobAgain(file.oid, again) }));
      }
      // One batch ahead of the parsers is enough.
      await Promise.all(before.map((file) => patience.wait(file.path, pending.get(file) ?? Promise.resolve(NOTHING))));
      size = nextBatch(blobs);
    }
    const files: LoadedFile[] = [];
    for (const version of versions) {
      const file = pending.get(version);
      const parsed = file === undefined ? undefined : await patience.wait(version.path, file);
      if (parsed === undefined) this.#noteLeft(version);
      files.push(toLoadedFile(version, parsed ?? leftUnread(version.path)));
    }
    signal?.throwIfAborted();
    return { files, parsedFiles: missing.length };
  }

  /** One file with its layout, unless it has faults. */
  async withLayout(version: FileVersion, content: FileContent): Promise<ParsedFile> {
    const { limits } = content;
    // Whoever else has it parsed may have to wait for many others.
    const file = await ((this.#isParsed(version) ? this.#find(version, limits) : undefined) ??
      this.#parse(version, content));
    if (file.faults.length > 0 || file.layout !== undefined) return file;
    const layout = await this.#parser.layout({ ...version, ...content });
    if (layout === undefined) return file;
    const complete = { ...file, layout };
    this.#kept.put(version, entryOf(complete, limits));
    return complete;
  }

  /** A file that is here already. */
  peek(version: FileVersion, limits: FeatureLimits): Promise<ParsedFile> | undefined {
    return this.#find(version, limits);
  }

  adopt(version: FileVersion, file: ParsedFile): void {
    this.#kept.put(version, entryOf(file, undefined));
  }

  /** Says what an environment serves now; what nobody serves is forgotten but for the newest few. */
  keep(environment: string, files: FilesServed): void {
    this.#kept.keep(environment, files);
  }

  forget(environment: string): void {
    this.#kept.forget(environment);
  }

  #find(file: FileVersion, limits: FeatureLimits, unread: "again" | "kept" = "again"): Promise<ParsedFile> | undefined {
    const entry = this.#kept.get(file);
    if (entry === undefined || !fits(entry, limits)) return undefined;
    const { parsed, before } = entry;
    if (unread === "again") return isUnread(parsed) ? undefined : entry.file;
    return parsed === undefined && before !== undefined ? Promise.resolve(before) : entry.file;
  }

  #isLeft(file: FileVersion): boolean {
    const entry = this.#kept.get(file);
    return entry?.isLeft === true && entry.parsed === undefined;
  }

  #noteLeft(file: FileVersion): void {
    const entry = this.#kept.get(file);
    if (entry !== undefined) entry.isLeft = true;
  }

  #isParsed(file: FileVersion): boolean {
    return this.#kept.get(file)?.parsed !== undefined;
  }

  /** Takes what was recalled, unless somebody else has read it meanwhile. */
  #take(version: FileVersion, parsed: ParsedFile, limits: FeatureLimits): Promise<ParsedFile> {
    const known = this.#find(version, limits);
    if (known !== undefined) return known;
    const entry = entryOf(parsed, limits);
    this.#kept.put(version, entry);
    return entry.file;
  }

  #parse({ path, oid }: FileVersion, content: FileContent): Promise<ParsedFile> {
    const { limits } = content;
    const last = this.#kept.get({ path, oid });
    const left = last !== undefined && fits(last, limits) ? (last.parsed ?? last.before) : undefined;
    const before = isUnread(left) ? left : undefined;
    const file = this.#parser.parse({ path, oid, ...content });
    const entry: Entry = { limits, file, before, parsed: undefined, items: 0, isLeft: false };
    this.#kept.put({ path, oid }, entry);
    void file.then((parsed) => {
      entry.parsed = parsed;
      entry.items = itemsIn(parsed);
    });
    return file;
  }
}

function entryOf(file: ParsedFile, limits: FeatureLimits | undefined): Entry {
  return { file: Promise.resolve(file), parsed: file, before: undefined, limits, items: itemsIn(file), isLeft: false };
}

/** Tells whether no process got through a file, so that it was not read to its end. */
function isUnread(file: ParsedFile | undefined): boolean {
  return file?.sha1 === "";
}

function fits(entry: Entry, limits: FeatureLimits): boolean {
  return entry.limits === undefined || sameLimits(entry.limits, limits);
}

/** Files that are read at once after these: as many as should not hold more than `BATCH_BYTES`. */
function nextBatch(blobs: ReadonlyMap<Oid, Uint8Array>): number {
  let bytes = 1;
  for (const blob of blobs.values()) bytes += blob.length;
  return Math.max(1, Math.min(BATCH, Math.floor((BATCH_BYTES * blobs.size) / bytes)));
}

function itemsIn({ documents }: ParsedFile): number {
  return documents.reduce((sum, { flags, segments }) => sum + flags.length + segments.length, 0);
}

/** A parsed file with the namespaces it names. */
function toLoadedFile(version: FileVersion, parsed: ParsedFile): LoadedFile {
  const namespaces = new Set(parsed.documents.map((document) => document.namespace.key));
  // The faults of a file share one list.
  for (const named of new Set(parsed.faults.map((fault) => fault.namespaces))) {
    for (const key of named) namespaces.add(key);
  }
  return { ...version, parsed, namespaces: [...namespaces] };
}
