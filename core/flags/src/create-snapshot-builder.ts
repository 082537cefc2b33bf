import { availableParallelism } from "node:os";
import type { Oid } from "@vexil/plugin-api";
import type { ReadCases } from "./cases/flag-case.js";
import { StateBuilder } from "./compile/build-changes.js";
import { changedNamespaces } from "./compile/changed-namespaces.js";
import { FaultLocator } from "./compile/fault-locator.js";
import type { FaultyFiles } from "./compile/faulty-files.js";
import { type CachedParser, FileCache } from "./compile/file-cache.js";
import type { FilesServed } from "./compile/kept-files.js";
import type { ParsedStore } from "./compile/parsed-store.js";
import { PastStates } from "./compile/past-states.js";
import { SettingsReader } from "./compile/settings-reader.js";
import type { Quarantined, Snapshot } from "./compile/snapshot.js";
import type { BuildInput, BuildResult, SnapshotBuilder } from "./compile/snapshot-builder.js";
import type { StateTests } from "./compile/state-tests.js";
import { recallFrom, StoredFiles } from "./compile/stored-files.js";
import { HEAP_MEGABYTES } from "./parse/early-process.js";
import type { SourceFile } from "./parse/file-parser.js";
import { ProcessParser } from "./parse/process-parser.js";
import { RereadingParser } from "./parse/rereading-parser.js";
import { SizedParser } from "./parse/sized-parser.js";
import type { ParsedFile } from "./read/document.js";
import type { Extent } from "./read/extents.js";
import type { InspectedFile } from "./read/inspected-file.js";
import type { ValuePlace } from "./read/locate-values.js";
import { RememberedTests } from "./run/remembered-tests.js";

export interface SnapshotBuilderOptions {
  /** Epoch milliseconds; for tests. */
  readonly now?: () => number;
  /** Processes that parse; by default one core is left for the event loop. */
  readonly processes?: number;
  /** Starts one at once, so that it is ready when the first files are there. */
  readonly warmUp?: boolean;
  /** Keeps what files were parsed to for processes to come. */
  readonly store?: ParsedStore;
  /** For how long a state is served before its files are stored; for tests. */
  readonly storeAfterMs?: number;
}

/** The builder of the whole process; processes that parse start with the first work for them. */
export function createSnapshotBuilder(options: SnapshotBuilderOptions = {}): SnapshotBuilder {
  const processes = options.processes ?? Math.max(1, Math.min(3, availableParallelism() - 1));
  const parser = new ProcessParser({ processes, heapMegabytes: HEAP_MEGABYTES });
  if (options.warmUp === true) parser.warmUp();
  return new CachingSnapshotBuilder(new RereadingParser(new SizedParser(parser)), options);
}

class CachingSnapshotBuilder implements SnapshotBuilder {
  readonly #parser: RereadingParser;
  readonly #cache: FileCache;
  readonly #stored: StoredFiles | undefined;
  readonly #states: StateBuilder;
  /** Files of the past that somebody holds: they take no place of what is served. */
  readonly #held: FileCache;
  readonly #pastStates: StateBuilder;
  readonly #tests: StateTests;
  readonly #settings: SettingsReader;
  readonly #now: () => number;
  /** Last good commit template of each environment, for as long as its settings file is bad. */
  readonly #templates = new Map<string, string | undefined>();
  /** Counts what is read ahead. */
  #aheads = 0;

  constructor(parser: RereadingParser, options: SnapshotBuilderOptions) {
    this.#parser = parser;
    const { store, storeAfterMs: pauseMs } = options;
    this.#stored = store && new StoredFiles({ store, ...(pauseMs === undefined ? {} : { pauseMs }) });
    this.#cache = new FileCache(parser, this.#stored && recallFrom(this.#stored, parser));
    const locator = new FaultLocator(parser);
    this.#tests = new RememberedTests(parser);
    const tests = this.#tests;
    this.#states = new StateBuilder({ cache: this.#cache, locator, tests });
    this.#held = new FileCache(this.#besideServed());
    this.#pastStates = new StateBuilder({ cache: this.#held, locator, tests });
    this.#settings = new SettingsReader(parser);
    this.#now = options.now ?? Date.now;
  }

  async build(input: BuildInput): Promise<BuildResult> {
    const result = await this.#build(input, this.#states);
    const { environment, limits } = input;
    const { files } = result.snapshot;
    this.#cache.keep(environment, files);
    this.#stored?.keep(environment, files, limits, (version) => this.#cache.peek(version, limits));
    this.#templates.set(input.environment, result.templates.commitMessage);
    return result;
  }

  async buildPast(input: BuildInput, holder: string): Promise<BuildResult> {
    const result = await this.#build(input, this.#pastStates);
    this.#held.keep(holder, result.snapshot.files);
    return result;
  }

  letGo(holder: string): void {
    this.#held.forget(holder);
  }

  async readAhead(input: Omit<BuildInput, "lookBack">): Promise<() => void> {
    this.#aheads += 1;
    // No environment is called so: keys are not empty.
    const holder = `\0${this.#aheads}`;
    const done = (): void => this.#cache.forget(holder);
    const hold = (files: FilesServed): void => this.#cache.keep(holder, files);
    try {
      await Promise.all([this.#states.readAhead(input, this.#now(), hold), this.#settings.read(input)]);
    } catch (error) {
      done();
      throw error;
    }
    return done;
  }

  parse({ path, oid, ...content }: SourceFile): Promise<ParsedFile> {
    return this.#cache.withLayout({ path, oid }, content);
  }

  past(faulty?: FaultyFiles): PastStates {
    const reader = this.#besideServed();
    return new PastStates(new FileCache(faulty?.inFrontOf(reader) ?? reader), this.#tests);
  }

  /** A parser that takes from the cache what is served now. */
  #besideServed(): CachedParser {
    const parser = this.#parser;
    const served = this.#cache;
    return {
      parse: (file) => served.peek(file, file.limits) ?? parser.parse(file),
      layout: (file) => parser.layout(file),
    };
  }

  inspect(file: SourceFile): Promise<InspectedFile> {
    return this.#parser.inspect(file);
  }

  extents(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Extent[]> {
    return this.#parser.extents(file, places);
  }

  cases(file: SourceFile): Promise<ReadCases> {
    return this.#parser.cases(file);
  }

  adopt(path: string, oid: Oid, file: ParsedFile): void {
    this.#cache.adopt({ path, oid }, file);
  }

  forget(environment: string): void {
    this.#cache.forget(environment);
    this.#stored?.forget(environment);
    this.#templates.delete(environment);
  }

  async close(): Promise<void> {
    await this.#stored?.close();
    await this.#parser.close();
  }

  async #build(input: BuildInput, states: StateBuilder): Promise<BuildResult> {
    const startedAt = performance.now();
    const builtAt = this.#now();
    const { environment, revision, previous } = input;
    const state = await states.build(input, builtAt);
    const settings = await this.#settingsOf(input);
    const quarantined = [...settings.quarantined, ...state.quarantined];
    const { namespaces, files, tests } = state;
    const tested = tests === undefined ? {} : { tests };
    const snapshot: Snapshot = { environment, revision, namespaces, files, quarantined, ...tested, builtAt };
    return {
      snapshot,
      changedNamespaces: changedNamespaces(previous?.namespaces, namespaces),
      templates: { commitMessage: settings.commitMessage },
      parsedFiles: state.loaded.parsedFiles,
      unserved: state.unserved,
      recovered: state.recovered,
      searched: state.searched,
      isPartial: settings.isUnread || state.isPartial || state.loaded.files.some((file) => file.parsed.unread === true),
      durationMs: performance.now() - startedAt,
    };
  }

  async #settingsOf(input: BuildInput): Promise<{
    readonly commitMessage: string | undefined;
    readonly quarantined: readonly Quarantined[];
    readonly isUnread: boolean;
  }> {
    const found = await this.#settings.read(input);
    if (found === undefined) return { commitMessage: undefined, quarantined: [], isUnread: false };
    const { path, settings, faults, unread } = found;
    const quarantined = faults.map(({ line, column, reason, unread: isLeft }) => ({
      file: path,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      namespace: "",
      reason,
      revision: input.revision,
      ...(isLeft === undefined ? {} : { unread: isLeft }),
    }));
    const commitMessage = faults.length === 0 ? settings.commitMessage : this.#templates.get(input.environment);
    return { commitMessage, quarantined, isUnread: unread === true };
  }
}
