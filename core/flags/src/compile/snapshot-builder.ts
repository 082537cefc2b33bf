import type { Oid } from "@vexil/plugin-api";
import type { ReadCases } from "../cases/flag-case.js";
import type { TestsMode } from "../cases/tests-mode.js";
import type { SourceFile } from "../parse/file-parser.js";
import type { FeatureLimits, ParsedFile } from "../read/document.js";
import type { Extent } from "../read/extents.js";
import type { InspectedFile } from "../read/inspected-file.js";
import type { ValuePlace } from "../read/locate-values.js";
import type { FaultyFiles } from "./faulty-files.js";
import type { LoadOptions } from "./file-cache.js";
import type { PastStates } from "./past-states.js";
import type { LookProgress, Past, Sought } from "./searched-past.js";
import type { Snapshot } from "./snapshot.js";

export interface BuildInput extends Pick<LoadOptions, "again" | "unread" | "hurry"> {
  readonly environment: string;
  readonly revision: Oid;
  /** The storage that has the files: those of one wait for each other, not for those of another. */
  readonly storage: string;
  /** `""` or the environment's directory. Only paths below it count; names are matched relative to it. */
  readonly directory: string;
  /**
   * All candidate files: path relative to the repository root → blob id (work-tree edits: the id their bytes hash to).
   */
  readonly files: ReadonlyMap<string, Oid>;
  /** `flipt.yaml` (else `flipt.yml`) of the directory, if any, among `files`. */
  readonly read: (oids: readonly Oid[]) => Promise<ReadonlyMap<Oid, Uint8Array>>;
  /**
   * The snapshot served now: unchanged files and namespaces are taken from it, quarantined namespaces stay as in it.
   */
  readonly previous: Snapshot | undefined;
  readonly limits: FeatureLimits;
  /** Consequence of tests that fail; undefined: they are not run. */
  readonly tests?: TestsMode;
  readonly signal?: AbortSignal;
  /**
   * Searches the environment's past, without the state to be built. It is asked only when a namespace is bad: one that
   * `previous` does not have, or has though its tests fail, is then taken from the newest older state in which it is
   * good.
   */
  readonly lookBack?: (sought: Sought, builtAt: number) => Promise<Past>;
}

export interface BuildResult {
  readonly snapshot: Snapshot;
  readonly changedNamespaces: ReadonlySet<string>;
  /**
   * The repository's commit template, or undefined; a fault of `flipt.yaml` is in `quarantined` with namespace `""`.
   */
  readonly templates: { readonly commitMessage: string | undefined };
  readonly parsedFiles: number;
  /** Namespaces that are bad and of which there is no good state, as far as is known. */
  readonly unserved: readonly string[];
  /** The older state that namespaces were taken from, if any. */
  readonly recovered: Oid | undefined;
  /** How far the past was searched; undefined where it was not. */
  readonly searched: LookProgress | undefined;
  /** Some files were not read to their end, for reasons that may pass: another build may find more. */
  readonly isPartial: boolean;
  readonly durationMs: number;
}

/**
 * Builds snapshots file by file by blob id: only files whose blob id is not in its cache are parsed, off the event
 * loop. One for the whole process. A bad file never fails a build; only unreadable storage and `signal` do.
 */
export interface SnapshotBuilder {
  build(input: BuildInput): Promise<BuildResult>;
  /**
   * Builds a state of the past. Files that are served now are taken from the cache, and what is served stays there.
   * @param holder who holds the state: its files are remembered until {@link letGo}
   */
  buildPast(input: BuildInput, holder: string): Promise<BuildResult>;
  /** Forgets the files of a state of the past. */
  letGo(holder: string): void;
  /**
   * Reads what is to be built soon, anew what was not read to its end, and finds the places of its faults, so that
   * building it does not have to wait.
   * @returns lets go of it again: to be called once it was built
   */
  readAhead(input: Omit<BuildInput, "lookBack">): Promise<() => void>;
  /**
   * One file parsed, with `layout` unless it has faults: from the cache of blob ids, else parsed off the event loop.
   */
  parse(file: SourceFile): Promise<ParsedFile>;
  /**
   * Reads older states: files that are served now are taken from the cache, and no others are put there.
   * @param faulty remembers those with faults beyond the reader's life
   */
  past(faulty?: FaultyFiles): PastStates;
  /** Everything that can be said about one file, faults or not, for users who correct it. */
  inspect(file: SourceFile): Promise<InspectedFile>;
  /** Where values are in a file without faults; none where it cannot be read. */
  extents(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Extent[]>;
  /** The test cases of one file. */
  cases(file: SourceFile): Promise<ReadCases>;
  /** Makes known what a file edited in place parses to, so that `build` does not parse it anew. */
  adopt(path: string, oid: Oid, file: ParsedFile): void;
  /** Drops what is kept for an environment that is gone. */
  forget(environment: string): void;
  close(): Promise<void>;
}
