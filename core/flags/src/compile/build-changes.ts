import { TimeSlice } from "@vexil/plugin-api/time-slice";
import { namespacesByFolder } from "../cases/beside.js";
import type { TestsMode } from "../cases/tests-mode.js";
import type { FeatureLimits } from "../read/document.js";
import { sameLimits } from "../read/same-limits.js";
import { type BuiltState, buildNamespaces, readAhead } from "./build-snapshot.js";
import type { BuildTools } from "./build-tools.js";
import { type ChangedFiles, changedFiles, isNothing, sameChanges } from "./changed-files.js";
import { compileNamespace, type DocumentSource } from "./compile-namespace.js";
import { NO_TESTS, type TestedFiles } from "./enforce-tests.js";
import type { LoadedFile } from "./file-cache.js";
import type { FilesServed, FileVersion } from "./kept-files.js";
import { featuresFiles } from "./load-state.js";
import type { NamespaceSnapshot, SnapshotFile } from "./snapshot.js";
import type { BuildInput } from "./snapshot-builder.js";
import { testChanges } from "./test-changes.js";

/** State that a snapshot without faults was made of. */
interface KnownState {
  readonly directory: string;
  readonly limits: FeatureLimits;
  readonly namespaces: ReadonlyMap<string, NamespaceSnapshot>;
  /** By path, in load order. */
  readonly loaded: ReadonlyMap<string, LoadedFile>;
  /** Namespace → paths of its files, in load order. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
  readonly mode: TestsMode;
  readonly tested: TestedFiles;
  /** Folder → namespaces of its files; empty where there are no tests. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>;
}

/** State that was made before it was asked for. */
interface StateAhead {
  readonly changed: ChangedFiles;
  readonly state: BuiltState;
}

/**
 * Builds states, and remembers what each was made of: a state that differs from `previous` only by what a few files
 * say costs those files, however many others there are.
 */
export class StateBuilder {
  readonly #tools: BuildTools;
  /** By the table of a snapshot's files, which a snapshot's copies share. */
  readonly #known = new WeakMap<ReadonlyMap<string, SnapshotFile>, KnownState>();
  /** By the state that it follows. */
  readonly #ahead = new WeakMap<KnownState, StateAhead>();

  constructor(tools: BuildTools) {
    this.#tools = tools;
  }

  async build(input: BuildInput, builtAt: number): Promise<BuiltState> {
    const known = this.#recall(input);
    const changed = known === undefined ? undefined : changedFiles(known, input);
    if (known !== undefined && changed !== undefined) {
      const ahead = this.#ahead.get(known);
      if (ahead !== undefined && sameChanges(ahead.changed, changed)) return ahead.state;
      const state = await this.#buildChanges(known, changed, input, builtAt);
      if (state !== undefined) return state;
    }
    const state = await buildNamespaces(this.#tools, input, builtAt);
    if (isKnown(state)) {
      const { directory, limits } = input;
      const loaded = new Map(state.loaded.files.map((file): [string, LoadedFile] => [file.path, file]));
      const paths = pathsByNamespace(state.loaded.files);
      const mode = input.tests ?? "off";
      const tested = state.tests?.files ?? NO_TESTS;
      const folders = namespacesByFolder(tested.size === 0 ? [] : state.loaded.files);
      const { namespaces } = state;
      this.#known.set(state.files, { directory, limits, namespaces, loaded, paths, mode, tested, folders });
    }
    return state;
  }

  /**
   * Does beforehand what of a build takes long; where only the content of good files has changed, all of it.
   * @param hold keeps files, once they are read, until the state is built
   */
  async readAhead(input: BuildInput, builtAt: number, hold: (files: FilesServed) => void): Promise<void> {
    const known = this.#recall(input);
    const changed = known === undefined ? undefined : changedFiles(known, input);
    if (known !== undefined && changed !== undefined) {
      // The others are held by the state that is served.
      hold(new Map(changed.features.map((file): [string, FileVersion] => [file.path, file])));
      const state = await this.#buildChanges(known, changed, input, builtAt);
      if (state !== undefined) {
        this.#ahead.set(known, { changed, state });
        return;
      }
    }
    hold(featuresFiles(input));
    await readAhead(this.#tools, input, builtAt);
  }

  #recall({ previous, directory, limits, tests = "off" }: BuildInput): KnownState | undefined {
    if (previous === undefined || previous.quarantined.length > 0) return undefined;
    const known = this.#known.get(previous.files);
    return known?.directory === directory &&
      known.mode === tests &&
      known.tested === (previous.tests?.files ?? NO_TESTS) &&
      known.namespaces === previous.namespaces &&
      sameLimits(known.limits, limits)
      ? known
      : undefined;
  }

  /** @returns undefined where more than the content of good files has changed: that takes a look at everything */
  async #buildChanges(
    known: KnownState,
    changed: ChangedFiles,
    input: BuildInput,
    builtAt: number,
  ): Promise<BuiltState | undefined> {
    const { previous } = input;
    if (previous === undefined) return undefined;
    if (isNothing(changed)) {
      const { namespaces, files, tests } = previous;
      return { ...GOOD, namespaces, files, tests, isPartial: isAnyUnread(known.tested), loaded: NOTHING_LOADED };
    }
    const state = await this.#tools.cache.load(changed.features, input);
    if (!state.files.every((file) => isLike(file, known.loaded.get(file.path)))) return undefined;
    const loaded = new Map(known.loaded);
    const files = new Map(previous.files);
    for (const file of state.files) {
      loaded.set(file.path, file);
      files.set(file.path, { oid: file.oid, namespaces: file.namespaces });
    }
    const namespaces = new Map(known.namespaces);
    const slice = new TimeSlice();
    const touched = new Set(state.files.flatMap((file) => file.namespaces));
    for (const key of touched) {
      const result = await compileNamespace(documentsOf(key, known, loaded), builtAt, slice, known.namespaces.get(key));
      if (!("namespace" in result)) return undefined;
      namespaces.set(key, result.namespace);
    }
    const tests = await testChanges(this.#tools.tests, known, changed, { touched, namespaces }, input);
    if (tests === "held") return undefined;
    const tested = tests?.files ?? NO_TESTS;
    const folders = tested.size > 0 && known.folders.size === 0 ? namespacesByFolder(loaded.values()) : known.folders;
    this.#known.set(files, { ...known, namespaces, loaded, tested, folders });
    return { ...GOOD, namespaces, files, tests, isPartial: isAnyUnread(tested), loaded: state };
  }
}

/** Tells whether there is nothing about a state that a look at everything might find. */
function isKnown({ quarantined, unserved, searched = "exhausted" }: BuiltState): boolean {
  return quarantined.length === 0 && unserved.length === 0 && searched === "exhausted";
}

const GOOD = { quarantined: [], unserved: [], recovered: undefined, searched: undefined };
const NOTHING_LOADED = { files: [], parsedFiles: 0 };

function isAnyUnread(tested: TestedFiles): boolean {
  for (const { unread } of tested.values()) if (unread === true) return true;
  return false;
}

/** Tells whether a file is fine and defines what it did, in the same order. */
function isLike(file: LoadedFile, before: LoadedFile | undefined): boolean {
  return (
    file.parsed.faults.length === 0 &&
    file.namespaces.length === before?.namespaces.length &&
    file.namespaces.every((key, index) => before.namespaces[index] === key)
  );
}

function pathsByNamespace(files: readonly LoadedFile[]): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, string[]>();
  for (const { path, namespaces } of files) {
    for (const key of namespaces) {
      const known = paths.get(key);
      if (known === undefined) paths.set(key, [path]);
      else known.push(path);
    }
  }
  return paths;
}

function documentsOf(
  namespace: string,
  { paths }: KnownState,
  loaded: ReadonlyMap<string, LoadedFile>,
): readonly DocumentSource[] {
  return (paths.get(namespace) ?? []).flatMap((path) => {
    const file = loaded.get(path);
    if (file === undefined) return [];
    return file.parsed.documents.flatMap((document, index) =>
      document.namespace.key === namespace ? [{ file, index, document }] : [],
    );
  });
}
