import type { Logger, Oid, RefName, WorkTreeScan } from "@vexil/core/plugin";
import { TimeSlice } from "../disk/time-slice.js";
import { EXECUTABLE, FILE } from "../objects/tree-entries.js";
import type { TreeFile, TreeReader } from "../objects/tree-reader.js";
import type { Attributes } from "./attributes.js";
import { ContentCache } from "./content-cache.js";
import type { DirectoryWalk } from "./directory-walk.js";
import type { Blocked, HeadState } from "./head-state.js";
import type { IndexCache } from "./index-cache.js";
import type { Settle } from "./settle.js";
import { lookAtWorkFile } from "./work-file.js";
import type { WorkTreeGuard } from "./work-tree-guard.js";

/** Scans in which a person's git command came in between are made again this often. */
const TRIES = 3;

export interface ScannerParts {
  /** Ends in a slash. */
  readonly root: string;
  readonly branch: RefName;
  readonly walk: DirectoryWalk;
  readonly guard: WorkTreeGuard;
  readonly index: IndexCache;
  readonly trees: TreeReader;
  readonly settle: Settle;
  readonly logger: Logger;
  /** Why the storage's branch cannot be written although it is not checked out here. */
  readonly elsewhere: () => Blocked | undefined;
}

interface Comparison {
  readonly stored: ReadonlyMap<string, TreeFile>;
  readonly walked: ReadonlySet<string>;
  readonly attributes: Attributes;
  readonly edits: Map<string, Uint8Array | undefined>;
  readonly slice: TimeSlice;
}

/** Compares the files of a work tree with the commit that is checked out. */
export class WorkTreeScanner {
  readonly #parts: ScannerParts;
  readonly #contents: ContentCache;

  constructor(parts: ScannerParts) {
    this.#parts = parts;
    this.#contents = new ContentCache(parts.root, parts.logger);
  }

  async scan(wanted: (path: string) => boolean, signal: AbortSignal): Promise<WorkTreeScan> {
    const { guard, index, settle } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      await settle.wait(signal);
      const head = guard.head();
      const key = index.key();
      const scan = await this.#scanOnce(head, wanted, signal);
      const after = guard.head();
      const still = after.commit === head.commit && after.branch === head.branch && index.key() === key;
      if ((still && !settle.busy) || attempt === TRIES) return scan;
    }
  }

  async #scanOnce(
    { blocked, ...head }: HeadState,
    wanted: (path: string) => boolean,
    signal: AbortSignal,
  ): Promise<WorkTreeScan> {
    const edits = new Map<string, Uint8Array | undefined>();
    if (blocked !== undefined) return { head, blocked, edits };
    if (head.branch !== this.#parts.branch) {
      const elsewhere = this.#parts.elsewhere();
      return elsewhere === undefined ? { head, edits } : { head, blocked: elsewhere, edits };
    }
    const slice = new TimeSlice();
    const stored = await this.#stored(head.commit, wanted, slice, signal);
    const paths = new Set(stored.keys());
    const listings = await this.#parts.walk.walk(slice, signal);
    const walked = new Set(listings.map(({ directory }) => directory));
    for (const { files } of listings) {
      for (const path of files) {
        if (!paths.has(path) && wanted(path) && !this.#parts.walk.ignores(path)) paths.add(path);
      }
    }
    const attributes = this.#parts.guard.attributes(this.#parts.walk.attributes);
    const unsupported = this.#parts.guard.blockedByAttributes(paths, attributes);
    if (unsupported !== undefined) return { head, blocked: unsupported, edits };
    await this.#compare(paths, { stored, walked, attributes, edits, slice }, signal);
    return { head, edits: new Map([...edits].sort(([a], [b]) => (a < b ? -1 : 1))) };
  }

  async #compare(
    paths: Iterable<string>,
    { stored, walked, attributes, edits, slice }: Comparison,
    signal: AbortSignal,
  ): Promise<void> {
    const now = Date.now();
    this.#contents.start(attributes);
    for (const path of paths) {
      const oid = stored.get(path)?.oid;
      const conversion = attributes.empty ? ({ type: "none" } as const) : attributes.conversionOf(path);
      const seen = walked.has(path.slice(0, path.lastIndexOf("/") + 1)) || this.#isReached(path);
      const content = seen ? this.#contents.look(path, oid, conversion, now) : undefined;
      if (content === undefined) {
        if (oid !== undefined && !this.#isLeftOut(path)) edits.set(path, undefined);
      } else if (content.oid !== oid) {
        edits.set(path, content.bytes);
      }
      if (slice.due) await slice.pause(signal);
    }
    this.#contents.finish();
  }

  /** Regular files of the commit that count. */
  async #stored(
    commit: Oid | undefined,
    wanted: (path: string) => boolean,
    slice: TimeSlice,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, TreeFile>> {
    const found = new Map<string, TreeFile>();
    if (commit === undefined) return found;
    for (const [path, file] of await this.#parts.trees.list(commit)) {
      if ((file.mode === FILE || file.mode === EXECUTABLE) && wanted(path)) found.set(path, file);
      if (slice.due) await slice.pause(signal);
    }
    return found;
  }

  /** In a directory that was not walked: an ignored one, or none at all but a link, which is not followed. */
  #isReached(path: string): boolean {
    return lookAtWorkFile(this.#parts.root, path).type === "file";
  }

  /** In a sparse checkout, files that are not there are not deleted. */
  #isLeftOut(path: string): boolean {
    return this.#parts.index.read()?.get(path)?.skipWorkTree === true;
  }
}
