import type { Oid } from "@vexil/plugin-api";
import type { Fault } from "../read/document.js";
import { comparePaths, isFeaturesPath, relativePath } from "../read/feature-paths.js";
import { type FileCache, type LoadedFile, type LoadedState, type LoadOptions, NOTHING } from "./file-cache.js";
import type { FileVersion } from "./kept-files.js";

export interface StateInput extends LoadOptions {
  readonly directory: string;
  readonly files: ReadonlyMap<string, Oid>;
}

/** Parses what an environment has; files beyond the limit are not read, each is a fault of its own. */
export async function loadState(cache: FileCache, input: StateInput): Promise<LoadedState> {
  const paths = featuresPaths(input);
  const versions = paths.map((path): FileVersion => ({ path, oid: input.files.get(path) ?? "" }));
  const { files, parsedFiles } = await cache.load(versions.slice(0, input.limits.files), input);
  const reason = `there are ${versions.length} features files, more than the limit of ${input.limits.files} (limits.files)`;
  const beyond = versions.slice(input.limits.files).map((version): LoadedFile => {
    const fault: Fault = { file: version.path, reason, namespaces: [] };
    return { ...version, parsed: { ...NOTHING, faults: [fault] }, namespaces: [] };
  });
  return { files: [...files, ...beyond], parsedFiles };
}

/** The files that are read, by path, in load order. */
export function featuresFiles(
  input: Pick<StateInput, "directory" | "files" | "limits">,
): ReadonlyMap<string, Pick<FileVersion, "oid">> {
  const paths = featuresPaths(input).slice(0, input.limits.files);
  return new Map(paths.map((path) => [path, { oid: input.files.get(path) ?? "" }]));
}

function featuresPaths({ directory, files }: Pick<StateInput, "directory" | "files">): readonly string[] {
  const wanted = [...files.keys()].filter((path) => {
    const relative = relativePath(directory, path);
    return relative !== undefined && isFeaturesPath(relative);
  });
  return wanted.sort(comparePaths);
}
