const FEATURES = /\/features\.(?:yaml|yml|json)$/;

/**
 * Whether an environment with `directory` loads `path` (`flag-state.md` §1): features files at any depth of at least
 * one below it, and its own `flipt.yaml` or `flipt.yml`.
 * @param path relative to the repository root
 */
export function isEnvironmentFile(directory: string, path: string): boolean {
  const inside = relativeTo(directory, path);
  return inside !== undefined && (FEATURES.test(inside) || inside === "flipt.yaml" || inside === "flipt.yml");
}

/** `path` as seen from `directory`; undefined when it is not below it. */
export function relativeTo(directory: string, path: string): string | undefined {
  if (directory === "") return path;
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : undefined;
}
