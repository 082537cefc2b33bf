import { RefusedError } from "../../client/client-errors.js";

/**
 * The environment of a source that is read, where it has any.
 * @param found names as they come up, at least one
 * @throws RefusedError where it is none of them, or has to be chosen
 */
export function chosenEnvironment(file: string, found: readonly string[], wanted: string | undefined): string {
  const names = [...new Set(found)].sort();
  const [name] = names;
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  if (wanted === undefined && name !== undefined && names.length === 1) return name;
  const list = names.join(", ");
  const told =
    wanted === undefined ? `it has the environments ${list}` : `it has no environment ${wanted}, but ${list}`;
  throw new RefusedError(`${file}: ${told}; choose one with --source-environment`);
}
