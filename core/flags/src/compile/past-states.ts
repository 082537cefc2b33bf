import type { TimeSlice } from "@vexil/plugin-api/time-slice";
import { namespacesByFolder } from "../cases/beside.js";
import type { FeaturesDocument } from "../read/document.js";
import { folderOf } from "../read/feature-paths.js";
import { compileNamespace, inputsOf } from "./compile-namespace.js";
import { NO_TESTS, type TestedFiles } from "./enforce-tests.js";
import type { FileCache, LoadedFile, LoadedState, LoadOptions } from "./file-cache.js";
import type { FileVersion } from "./kept-files.js";
import { loadState, type StateInput } from "./load-state.js";
import type { NamespaceSnapshot } from "./snapshot.js";
import { type NamespaceSources, namespacesOfBadFile, sortNamespaces } from "./sort-namespaces.js";
import { type StateTests, testsFiles } from "./state-tests.js";

const READER = "past";

/** Tests that are looked for in a state. */
interface SoughtTests {
  readonly namespaces: ReadonlySet<string>;
  readonly paths: ReadonlySet<string>;
  readonly known: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Parses the states that an environment was in, one after the other, and keeps what the next one is likely to share. */
export class PastStates {
  readonly #cache: FileCache;
  readonly #tests: StateTests | undefined;

  /**
   * @param cache of its own: what is read of the past takes no place of what is served
   * @param tests where states count only with tests that pass
   */
  constructor(cache: FileCache, tests?: StateTests) {
    this.#cache = cache;
    this.#tests = tests;
  }

  async load(input: StateInput): Promise<LoadedState> {
    const state = await loadState(this.#cache, input);
    this.#cache.keep(READER, new Map(state.files.map(({ path, oid }) => [path, { oid }])));
    return state;
  }

  /**
   * Runs the tests of a state that are for some namespaces, and some tests files.
   * @param sought `known`: namespaces that tests files are for in later states
   */
  async test(
    loaded: LoadedState,
    { files, directory, ...options }: StateInput,
    { namespaces, paths, known }: SoughtTests,
    slice: TimeSlice,
  ): Promise<TestedFiles> {
    const all = testsFiles(directory, files);
    if (this.#tests === undefined || all.length === 0) return NO_TESTS;
    const described = loaded.files.map((file) => ({
      path: file.path,
      namespaces: file.parsed.faults.length > 0 ? namespacesOfBadFile(file, () => []) : file.namespaces,
    }));
    const folders = namespacesByFolder(described);
    const beside = (folder: string): readonly string[] => [...(folders.get(folder) ?? [])];
    // What is found of a file is asked for in the same state.
    const sought = new Set([...namespaces, ...[...paths].flatMap((path) => beside(folderOf(path)))]);
    const before = (path: string): readonly string[] => [...(known.get(path) ?? [])];
    const tests = all.filter(({ path }) => {
      return paths.has(path) || [...beside(folderOf(path)), ...before(path)].some((key) => sought.has(key));
    });
    const good = new Map<string, NamespaceSnapshot>();
    const sorted = sortNamespaces(loaded, () => []);
    for (const key of new Set(tests.flatMap(({ path }) => beside(folderOf(path))))) {
      const sources = sorted.get(key);
      if (sources === undefined || sources.badFiles.length > 0) continue;
      const result = await compileNamespace(sources.documents, 0, slice);
      if ("namespace" in result) good.set(key, result.namespace);
    }
    return this.#tests.run({ tests, beside, awaited: new Set(), namespaces: good, before }, options);
  }

  async loadFiles(versions: readonly FileVersion[], options: LoadOptions): Promise<readonly LoadedFile[]> {
    return (await this.#cache.load(versions, options)).files;
  }
}

/** Tells whether two states have a namespace from the same files; a namespace that a state does not have is made of none. */
export function sourcesDiffer(a: NamespaceSources | undefined, b: NamespaceSources | undefined): boolean {
  return identityOf(a) !== identityOf(b);
}

function identityOf(sources: NamespaceSources | undefined): string {
  if (sources === undefined) return "";
  return [inputsOf(sources.documents), ...sources.badFiles.map(({ oid, path }) => `${oid} ${path}`)].join("\n");
}

/** The documents of a namespace where it can be served; undefined where a file of it or a reference has a fault. */
export async function goodDocuments(
  { documents, badFiles }: NamespaceSources,
  slice: TimeSlice,
): Promise<readonly FeaturesDocument[] | undefined> {
  if (slice.due) await slice.next();
  if (badFiles.length > 0) return undefined;
  const result = await compileNamespace(documents, 0, slice);
  return "faults" in result ? undefined : documents.map(({ document }) => document);
}
