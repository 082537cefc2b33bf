import { TimeSlice } from "@vexil/plugin-api/time-slice";
import { contentId } from "../parse/content-id.js";
import { packParsed, unpackParsed } from "../parse/parsed-text.js";
import type { RereadingParser } from "../parse/rereading-parser.js";
import type { FeatureLimits, ParsedFile } from "../read/document.js";
import type { Recall } from "./file-cache.js";
import type { FilesServed, FileVersion } from "./kept-files.js";
import type { ParsedStore } from "./parsed-store.js";
import { blobAgain } from "./read-blobs.js";

/** Flags and segments that take longer to parse than to read from a store. */
const WORTH_ITEMS = 10;
/** Files that are read at once. */
const LANES = 8;
/** States that are served for less time are not stored, and writing takes this part of the time at most. */
const PAUSE_MS = 5_000;
const PART = 1 / 20;

const NONE: FilesServed = new Map();

interface Pending extends FileVersion {
  readonly limits: FeatureLimits;
  readonly parsed: () => Promise<ParsedFile> | undefined;
}

export interface StoredFilesOptions {
  readonly store: ParsedStore;
  /** For tests. */
  readonly pauseMs?: number;
}

/** Stores the files that are served, so that the next process need not parse them. Only sound files are stored. */
export class StoredFiles {
  readonly #options: StoredFilesOptions;
  readonly #lanes: Promise<unknown>[] = Array.from({ length: LANES }, () => Promise.resolve());
  #lane = 0;
  /** Files that each environment serves. */
  readonly #served = new Map<string, FilesServed>();
  /** By environment and path: only the latest version counts. */
  readonly #pending = new Map<string, Pending>();
  readonly #stored = new WeakSet<ParsedFile>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: StoredFilesOptions) {
    this.#options = options;
  }

  /** Those of some files that may be stored. */
  async known<T extends FileVersion>(files: readonly T[], limits: FeatureLimits): Promise<readonly T[]> {
    const { store } = this.#options;
    await store.ready();
    return files.filter((file) => store.has(contentId({ ...file, limits })));
  }

  /** Finds a file parsed; undefined: it is not there. */
  find(file: FileVersion, limits: FeatureLimits): Promise<ParsedFile | undefined> {
    const lane = this.#lane++ % LANES;
    const found = (this.#lanes[lane] as Promise<unknown>).then(() => this.#find({ ...file, limits }));
    this.#lanes[lane] = found;
    return found;
  }

  /**
   * Says what an environment serves now: what of it is not stored will be.
   * @param parsed a version's contents; undefined: they are not known any more
   */
  keep(
    environment: string,
    files: FilesServed,
    limits: FeatureLimits,
    parsed: (version: FileVersion) => Promise<ParsedFile> | undefined,
  ): void {
    const before = this.#served.get(environment) ?? NONE;
    if (before === files) return;
    this.#served.set(environment, files);
    for (const path of before.keys()) if (!files.has(path)) this.#pending.delete(keyOf(environment, path));
    for (const [path, { oid }] of files) {
      if (before.get(path)?.oid === oid) continue;
      this.#pending.set(keyOf(environment, path), { path, oid, limits, parsed: () => parsed({ path, oid }) });
    }
    this.#plan(this.#options.pauseMs ?? PAUSE_MS);
  }

  forget(environment: string): void {
    for (const path of this.#served.get(environment)?.keys() ?? []) this.#pending.delete(keyOf(environment, path));
    this.#served.delete(environment);
  }

  /** Resolves when nothing is being written any more; what waits is not written. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#writing;
  }

  async #find(file: FileVersion & { readonly limits: FeatureLimits }): Promise<ParsedFile | undefined> {
    const bytes = await this.#options.store.get(contentId(file));
    if (bytes === undefined) return undefined;
    // Whoever stored it parsed the same text by the same rules; what is no such thing is parsed anew.
    const parsed = await unpackParsed(bytes, new TimeSlice()).catch(() => undefined);
    if (parsed === undefined) return undefined;
    this.#stored.add(parsed);
    return parsed;
  }

  #plan(afterMs: number): void {
    if (this.#closed || this.#timer !== undefined || this.#writing !== undefined || this.#pending.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const startedAt = performance.now();
      this.#writing = this.#write().then(() => {
        this.#writing = undefined;
        this.#plan(Math.max(this.#options.pauseMs ?? PAUSE_MS, (performance.now() - startedAt) / PART));
      });
    }, afterMs).unref();
  }

  async #write(): Promise<void> {
    const { store } = this.#options;
    await store.ready();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    let isFull = false;
    for (const file of pending) {
      if (this.#closed) return;
      const parsed = await file.parsed();
      if (parsed === undefined || this.#stored.has(parsed) || !isWorthIt(parsed)) continue;
      this.#stored.add(parsed);
      await store.put(contentId(file), packParsed(parsed));
      isFull = true;
    }
    if (isFull) await store.tidy();
  }
}

/** Finds files for a cache, and tells the parser of them, so that it knows them as if it had read them. */
export function recallFrom(stored: StoredFiles, parser: Pick<RereadingParser, "know">): Recall {
  return async (files, { limits, read, again = read, signal }) => {
    const found = new Map<FileVersion, ParsedFile>();
    const finding = async (file: FileVersion): Promise<void> => {
      const parsed = signal?.aborted === true ? undefined : await stored.find(file, limits);
      if (parsed === undefined) return;
      found.set(file, parsed);
      parser.know({ ...file, limits }, parsed, blobAgain(file.oid, again));
    };
    await Promise.all((await stored.known(files, limits)).map(finding));
    return found;
  };
}

const keyOf = (environment: string, path: string): string => `${environment}\u0000${path}`;

function isWorthIt({ documents, faults, unread, sha1 }: ParsedFile): boolean {
  if (faults.length > 0 || unread === true || sha1 === "") return false;
  return documents.reduce((sum, { flags, segments }) => sum + flags.length + segments.length, 0) >= WORTH_ITEMS;
}
