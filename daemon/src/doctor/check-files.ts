import type { EnvironmentConfig, StorageConfig } from "@vexil/config/config";
import { missingDirectory } from "@vexil/engine/storage/state/missing-directory";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import type { Repository } from "@vexil/git/repository-view";
import type { FileSet, FoundFile } from "../validate/collect-files.js";
import { findFaults } from "../validate/find-faults.js";
import { adviceFor } from "./advice.js";
import type { StepResult } from "./report.js";

/** Faults that are named; vexil validate names all. */
const SHOWN = 5;

/** Reads the flag files of every environment of a storage as the daemon would. */
export async function checkFiles(sets: readonly FileSet[], storage: StorageConfig): Promise<StepResult> {
  const found = await findFaults(sets, storage.limits);
  const faults = found.filter(({ severity }) => severity === "error");
  const files = sets.reduce((sum, set) => sum + set.files.size, 0);
  if (faults.length === 0) return { step: "parse", ok: true, message: filesText(files) };
  const shown = faults
    .slice(0, SHOWN)
    .map(({ file, line, message }) => `${file}${line === undefined ? "" : `:${line}`}: ${message}`);
  const more = faults.length > SHOWN ? [`and ${faults.length - SHOWN} more`] : [];
  return {
    step: "parse",
    ok: false,
    message: [...shown, ...more].join("; "),
    advice: adviceFor("VEXIL_VALIDATION_FEATURES", "parse"),
  };
}

function filesText(count: number): string {
  if (count > 0) return `${count} ${count === 1 ? "file" : "files"}, no fault`;
  return "no features file yet: each namespace has one in a folder of the environment's directory, such as default/features.yaml";
}

/** Environments whose directory is not in a fetched commit, for users. */
export async function missingDirectories(
  commit: string,
  repository: Repository,
  environments: readonly EnvironmentConfig[],
  { branch }: StorageConfig,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, directory } of environments) {
    const missing = await missingDirectory(repository, commit, { environment: name, directory, branch });
    if (missing !== undefined) found.push(missing.reason);
  }
  return found;
}

/** The files of a fetched commit, by environment. */
export async function fetchedFiles(
  commit: string,
  repository: Repository,
  environments: readonly EnvironmentConfig[],
): Promise<readonly FileSet[]> {
  return Promise.all(
    environments.map(async ({ directory }) => {
      const listed = await repository.listFiles(commit, directory, (path) => isWantedPath(directory, path));
      const contents = await repository.readBlobs([...listed.values()].map(({ oid }) => oid));
      const files = new Map<string, FoundFile>();
      for (const { path, oid } of listed.values()) {
        const within = directory === "" ? path : path.slice(directory.length + 1);
        files.set(within, { shownAs: path, bytes: contents.get(oid) ?? new Uint8Array() });
      }
      return { files };
    }),
  );
}
