const FEATURES_NAME = /^features\.(?:yaml|yml|json)$/;

/** A file's path as seen from the environment's directory; undefined when it lies outside of it. */
export function relativePath(directory: string, path: string): string | undefined {
  if (directory === "") return path;
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : undefined;
}

/** Tells whether a path, relative to the environment's directory, is loaded for evaluation: any depth from 1 on. */
export function isFeaturesPath(relative: string): boolean {
  const slash = relative.lastIndexOf("/");
  return slash > 0 && FEATURES_NAME.test(relative.slice(slash + 1));
}

const CASES_NAME = /^features\.test\.(?:yaml|yml|json)$/;

/** Tells whether a path, relative to the environment's directory, holds test cases. */
export function isCasesPath(relative: string): boolean {
  const slash = relative.lastIndexOf("/");
  return slash > 0 && CASES_NAME.test(relative.slice(slash + 1));
}

/** Tells whether a file holds test cases, wherever it lies. */
export function isCasesName(path: string): boolean {
  return CASES_NAME.test(path.slice(path.lastIndexOf("/") + 1));
}

/** Names of the repository's own settings, best first, in the environment's directory. */
export const SETTINGS_NAMES: readonly string[] = ["flipt.yaml", "flipt.yml"];

/** Tells whether a build of the environment in `directory` needs this file at all; for listing a commit's tree. */
export function isWantedPath(directory: string, path: string): boolean {
  const relative = relativePath(directory, path);
  if (relative === undefined) return false;
  return isFeaturesPath(relative) || SETTINGS_NAMES.includes(relative) || isCasesPath(relative);
}

/** The folder of a file; `""` for one at the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** Load order: by path, directory by directory, names in the order of their bytes. */
export function comparePaths(a: string, b: string): number {
  const left = a.split("/");
  const right = b.split("/");
  for (let index = 0; index < left.length && index < right.length; index += 1) {
    const order = Buffer.compare(Buffer.from(left[index] ?? ""), Buffer.from(right[index] ?? ""));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
