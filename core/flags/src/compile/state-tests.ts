import type { Oid } from "@vexil/plugin-api";
import type { TestedFile } from "../cases/tested-file.js";
import { comparePaths, isCasesPath, relativePath } from "../read/feature-paths.js";
import type { LoadOptions } from "./file-cache.js";
import type { FileVersion } from "./kept-files.js";
import type { NamespaceSnapshot } from "./snapshot.js";

/** A state whose tests are run. */
export interface TestedState {
  /** Its tests files, in order. */
  readonly tests: readonly FileVersion[];
  /** Namespaces of the features files of a folder. */
  readonly beside: (folder: string) => Iterable<string>;
  /** Namespaces of the files that somebody waits for. */
  readonly awaited: ReadonlySet<string>;
  /** Its namespaces that have no faults, as they would be served. */
  readonly namespaces: ReadonlyMap<string, NamespaceSnapshot>;
  /** The namespaces that a tests file was for. */
  readonly before: (path: string) => readonly string[];
}

/** Runs the tests files of states. */
export interface StateTests {
  /**
   * Runs what is not known yet, the files of a write first.
   * @returns by path
   */
  run(state: TestedState, options: LoadOptions): Promise<ReadonlyMap<string, TestedFile>>;
}

/** Tests files of an environment, in order. */
export function testsFiles(directory: string, files: ReadonlyMap<string, Oid>): readonly FileVersion[] {
  const found: FileVersion[] = [];
  for (const [path, oid] of files) if (isTestsFile(directory, path)) found.push({ path, oid });
  return found.sort((a, b) => comparePaths(a.path, b.path));
}

/** Tells whether a path, relative to the repository root, holds test cases of an environment. */
export function isTestsFile(directory: string, path: string): boolean {
  const relative = relativePath(directory, path);
  return relative !== undefined && isCasesPath(relative);
}
