import type { Oid } from "@vexil/plugin-api";
import type { Fault, ParsedFile } from "../read/document.js";
import { comparePaths, isFeaturesPath, relativePath } from "../read/feature-paths.js";
import type { FileCache, FileVersion, LoadOptions } from "./file-cache.js";

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

export interface StateInput extends LoadOptions {
  readonly directory: string;
  readonly files: ReadonlyMap<string, Oid>;
}

/** Parses what an environment has; files beyond the limit are not read, each is a fault of its own. */
export async function loadState(cache: FileCache, input: StateInput): Promise<LoadedState> {
  const paths = featuresPaths(input);
  const versions = paths.map((path): FileVersion => ({ path, oid: input.files.get(path) ?? "" }));
  const { files, parsedFiles } = await loadFiles(cache, versions.slice(0, input.limits.files), input);
  const reason = `there are ${versions.length} features files, more than the limit of ${input.limits.files}`;
  const beyond = versions.slice(input.limits.files).map((version): LoadedFile => {
    const fault: Fault = { file: version.path, reason, namespaces: [] };
    return { ...version, parsed: { ...NOTHING, faults: [fault] }, namespaces: [] };
  });
  return { files: [...files, ...beyond], parsedFiles };
}

/** Parses these files, whatever else there is. */
export async function loadFiles(
  cache: FileCache,
  versions: readonly FileVersion[],
  options: LoadOptions,
): Promise<LoadedState> {
  const { parsed, count } = await cache.load(versions, options);
  const files = versions.map((version, index) => toLoadedFile(version, parsed[index] ?? NOTHING));
  return { files, parsedFiles: count };
}

/** A parsed file with the namespaces it names. */
export function toLoadedFile(version: FileVersion, parsed: ParsedFile): LoadedFile {
  const namespaces = new Set(parsed.documents.map((document) => document.namespace.key));
  // The faults of a file share one list.
  for (const named of new Set(parsed.faults.map((fault) => fault.namespaces))) {
    for (const key of named) namespaces.add(key);
  }
  return { ...version, parsed, namespaces: [...namespaces] };
}

const NOTHING: ParsedFile = { documents: [], faults: [], sha1: "" };

function featuresPaths({ directory, files }: StateInput): readonly string[] {
  const wanted = [...files.keys()].filter((path) => {
    const relative = relativePath(directory, path);
    return relative !== undefined && isFeaturesPath(relative);
  });
  return wanted.sort(comparePaths);
}
