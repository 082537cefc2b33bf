import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Config } from "@vexil/config/config";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { PlacedFinding } from "../validate/placed-finding.js";

/**
 * Faults of the policies that a configuration looks for in the repository, as the daemon with this configuration sees
 * them.
 * @param file the policies, as messages name them
 */
export async function policyFindings(config: Config, file: string): Promise<readonly PlacedFinding[]> {
  // Plugins are loaded for this alone.
  const { Examination } = await import("./examination.js");
  const examination = await Examination.begin(config);
  const finding = (severity: PlacedFinding["severity"], message: string): PlacedFinding => ({
    file,
    rule: "policies",
    severity,
    message,
  });
  try {
    const unmatched = await examination.checkPolicies(await readFile(file));
    return unmatched.map((message) => finding("warning", message));
  } catch (error) {
    const { message, details } = toVexilError(error);
    const { line, column, reason } = details;
    if (typeof line !== "number" || typeof column !== "number") return [finding("error", message)];
    return [{ ...finding("error", String(reason)), line, column }];
  } finally {
    await examination.close();
  }
}

/** The file of policies of the repository that a path lies in: of the nearest directory above that has one. */
export function findPolicies(below: string, path: string): string | undefined {
  const candidate = join(below, path);
  if (existsSync(candidate)) return candidate;
  const absolute = resolve(below);
  const above = dirname(absolute);
  // A repository ends where its own directory of git's is.
  return above === absolute || existsSync(join(absolute, ".git")) ? undefined : findPolicies(above, path);
}
