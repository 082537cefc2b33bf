import type { TimeSlice } from "../parse/time-slice.js";
import type { FeaturesDocument } from "../read/document.js";
import { compileNamespace, inputsOf } from "./compile-namespace.js";
import type { FileCache, LoadedFile, LoadedState, LoadOptions } from "./file-cache.js";
import type { FileVersion } from "./kept-files.js";
import { loadState, type StateInput } from "./load-state.js";
import type { NamespaceSources } from "./sort-namespaces.js";

const READER = "past";

/** Parses the states that an environment was in, one after the other, and keeps what the next one is likely to share. */
export class PastStates {
  readonly #cache: FileCache;

  /** @param cache of its own: what is read of the past takes no place of what is served */
  constructor(cache: FileCache) {
    this.#cache = cache;
  }

  async load(input: StateInput): Promise<LoadedState> {
    const state = await loadState(this.#cache, input);
    this.#cache.keep(READER, new Map(state.files.map(({ path, oid }) => [path, { oid }])));
    return state;
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
