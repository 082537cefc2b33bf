import type { Oid, TimeSlice } from "@vexil/plugin-api";
import type { TreeFile } from "../objects/tree-reader.js";
import type { GitConfig } from "../repository/git-config.js";
import type { Attributes } from "./attributes.js";
import type { TrackedFile } from "./content-cache.js";
import type { Listing } from "./directory-walk.js";
import { EXECUTABLE, FILE } from "./file-mode.js";
import type { Blocked } from "./head-state.js";
import type { ScannerParts } from "./scanner-parts.js";

/** The files that a scan looks at. */
export interface ScanPlan {
  readonly files: readonly TrackedFile[];
  /** Why their contents cannot be compared. */
  readonly blocked: Blocked | undefined;
}

/** Sources of a plan: it holds as long as all of them are the same. */
interface Sources {
  readonly committed: ReadonlyMap<string, TreeFile>;
  readonly listings: readonly Listing[];
  readonly attributes: Attributes;
  readonly config: GitConfig;
  readonly wanted: (path: string) => boolean;
}

const NO_FILES: ReadonlyMap<string, TreeFile> = new Map();

/** Says which files of a work tree count: those of the commit, and those that lie there. */
export class ScanPlanner {
  readonly #parts: ScannerParts;
  #sources: Sources | undefined;
  #plan: ScanPlan = { files: [], blocked: undefined };

  constructor(parts: ScannerParts) {
    this.#parts = parts;
  }

  /** The same plan as before while commit, directories and rules are the same. */
  async plan(
    commit: Oid | undefined,
    wanted: (path: string) => boolean,
    slice: TimeSlice,
    signal: AbortSignal,
  ): Promise<ScanPlan> {
    const { trees, walk, guard, config } = this.#parts;
    const committed = commit === undefined ? NO_FILES : await trees.list(commit);
    const listings = await walk.walk(slice, signal);
    const sources = { committed, listings, attributes: guard.attributes(walk.attributes), config: config(), wanted };
    if (this.#sources === undefined || !same(this.#sources, sources)) {
      const files = await this.#files(sources, slice, signal);
      const paths = files.map(({ path }) => path);
      this.#plan = { files, blocked: guard.blockedByAttributes(paths, sources.attributes) };
      this.#sources = sources;
    }
    return this.#plan;
  }

  async #files(sources: Sources, slice: TimeSlice, signal: AbortSignal): Promise<readonly TrackedFile[]> {
    const { committed, listings, attributes, wanted } = sources;
    // Under other rules the same content may be stored as another.
    const kept = this.#sources?.attributes === attributes ? this.#plan.files : [];
    const known = new Map(kept.map((file) => [file.path, file.known]));
    const walked = new Set(listings.map(({ directory }) => directory));
    const files: TrackedFile[] = [];
    const add = (path: string, stored: Oid | undefined): void => {
      files.push({
        path,
        place: this.#parts.root + path,
        stored,
        conversion: attributes.empty ? { type: "none" } : attributes.conversionOf(path),
        walked: walked.has(path.slice(0, path.lastIndexOf("/") + 1)),
        known: known.get(path),
      });
    };
    for (const [path, { oid, mode }] of committed) {
      if ((mode === FILE || mode === EXECUTABLE) && isReadable(path) && wanted(path)) add(path, oid);
      if (slice.due) await slice.pause(signal);
    }
    for (const listing of listings) {
      for (const path of listing.files) {
        const counts =
          isReadable(path) && !isRegular(committed.get(path)) && wanted(path) && !this.#parts.walk.ignores(path);
        if (counts) add(path, undefined);
      }
      if (slice.due) await slice.pause(signal);
    }
    return files;
  }
}

/** Names that are no UTF-8 are not what they seem to be; such files are served as committed. */
function isReadable(path: string): boolean {
  return !path.includes("\uFFFD");
}

function isRegular(file: TreeFile | undefined): boolean {
  return file?.mode === FILE || file?.mode === EXECUTABLE;
}

function same(a: Sources, b: Sources): boolean {
  return (
    a.committed === b.committed &&
    a.listings === b.listings &&
    a.attributes === b.attributes &&
    a.config === b.config &&
    a.wanted === b.wanted
  );
}
