import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config, StorageConfig } from "@vexil/config/config";
import { openRepository } from "@vexil/git/repository";
import { readPolicies } from "../http/rights/policy-file.js";
import { collectFiles } from "../validate/collect-files.js";
import { checkAnalytics } from "./check-analytics.js";
import { checkBackend } from "./check-backend.js";
import { checkDirectory } from "./check-directory.js";
import { checkFiles, fetchedFiles, missingDirectories } from "./check-files.js";
import { checkLogins } from "./check-logins.js";
import { checkPolicies } from "./check-policies.js";
import { checkRemote } from "./check-remote.js";
import { checkSignature } from "./check-signature.js";
import { checkSinks } from "./check-sinks.js";
import { Examination } from "./examination.js";
import { type DoctorReport, failedStep, type StepResult, type StorageReport } from "./report.js";
import { ScratchStore } from "./scratch-store.js";

export interface DoctorOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Bytes received by all fetches so far. */
  readonly onProgress?: (receivedBytes: number) => void;
}

/**
 * Tries everything that the daemon needs of each storage, of providers of logins, sinks and counts, step by step, and writes nothing.
 * @throws VexilError when a plugin cannot be loaded or its settings are wrong
 */
export async function examine(config: Config, options: DoctorOptions): Promise<DoctorReport> {
  const examination = await Examination.begin(config);
  const received = new Map<string, number>();
  const progress = (id: string, bytes: number): void => {
    received.set(id, bytes);
    options.onProgress?.([...received.values()].reduce((sum, part) => sum + part, 0));
  };
  try {
    const [storages, logins, sinks, analytics] = await Promise.all([
      Promise.all(
        [...config.storages.values()].map((storage) =>
          examineStorage(storage, config, { env: options.env, examination, progress }),
        ),
      ),
      checkLogins(config, examination),
      checkSinks(config, examination),
      checkAnalytics(config),
    ]);
    const ok = [...storages, ...logins, ...sinks].every((one) => one.ok) && analytics?.ok !== false;
    return {
      ok,
      storages,
      ...(logins.length > 0 && { logins }),
      ...(sinks.length > 0 && { sinks }),
      ...(analytics !== undefined && { analytics }),
    };
  } finally {
    await examination.close();
  }
}

interface StorageTools {
  readonly env: NodeJS.ProcessEnv;
  readonly examination: Examination;
  readonly progress: (id: string, bytes: number) => void;
}

async function examineStorage(
  storage: StorageConfig,
  config: Config,
  { env, examination, progress }: StorageTools,
): Promise<StorageReport> {
  const steps: StepResult[] = [];
  const report = (): StorageReport => ({ id: storage.id, ok: steps.every(({ ok }) => ok), steps });
  const environments = [...config.environments.values()].filter((environment) => environment.storage === storage.id);
  const policies = config.authorization?.policies?.storage === storage.id ? config.authorization.policies : undefined;
  const { path } = storage.backend.settings;
  const directory = storage.backend.type === "local" && typeof path === "string" ? path : undefined;
  try {
    if (directory !== undefined) {
      const result = checkDirectory(directory);
      steps.push(result);
      if (!result.ok) return report();
    } else if (storage.backend.type !== "memory") {
      steps.push(await checkBackend(storage, examination));
    }
    if (storage.signature.enabled) {
      const result = await checkSignature(storage, examination);
      steps.push(result);
      if (!result.ok) return report();
    }
    // Without a remote, a repository on this machine is read as one: that changes nothing in it.
    const remote = storage.remote ?? localRemote(directory);
    if (remote !== undefined) {
      const store = new ScratchStore();
      const onProgress = (bytes: number): void => progress(storage.id, bytes);
      const open = () => examination.openRemote({ ...storage, remote }, store, onProgress);
      const { steps: told, commit } = await checkRemote(remote, { storage, store, open, env });
      steps.push(...told);
      if (commit === undefined) return report();
      const repository = openRepository(store);
      const result = await checkFiles(await fetchedFiles(commit, repository, environments), storage);
      const warnings = await missingDirectories(commit, repository, environments, storage);
      steps.push(warnings.length === 0 ? result : { ...result, warnings });
      if (policies !== undefined) {
        steps.push(await checkPolicies(policies.path, examination, () => readPolicies(repository, policies, commit)));
      }
    } else if (directory !== undefined && existsSync(directory)) {
      const absent = environments.filter((environment) => !existsSync(join(directory, environment.directory)));
      const places = environments
        .filter((environment) => !absent.includes(environment))
        .map((environment) => join(directory, environment.directory));
      const result = await checkFiles(await collectFiles(places, storage.limits.fileBytes), storage);
      const warnings = absent.map(
        (environment) =>
          `environment ${environment.name} serves nothing: there is no directory "${environment.directory}" in ${directory}`,
      );
      steps.push(warnings.length === 0 ? result : { ...result, warnings });
      if (policies !== undefined) {
        const file = join(directory, policies.path);
        steps.push(
          await checkPolicies(policies.path, examination, async () => (existsSync(file) ? readFile(file) : undefined)),
        );
      }
    }
  } catch (error) {
    steps.push(failedStep("backend", error));
  }
  return report();
}

/** Of a bare repository; where users edit files, these are what is served. */
function localRemote(directory: string | undefined): string | undefined {
  if (directory === undefined || existsSync(join(directory, ".git"))) return undefined;
  return existsSync(join(directory, "HEAD")) ? directory : undefined;
}
