import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config, StorageConfig } from "@vexil/config/config";
import { loadPlugins, type PluginRegistry } from "@vexil/engine/plugins/plugin-registry";
import { openStorageRemote } from "@vexil/engine/storage/storage-remote";
import type { Authenticator, Logger } from "@vexil/plugin-api";
import { collectFiles } from "../validate/collect-files.js";
import { checkBackend } from "./check-backend.js";
import { checkDirectory } from "./check-directory.js";
import { checkFiles, fetchedFiles, missingDirectories } from "./check-files.js";
import { checkRemote } from "./check-remote.js";
import { checkSignature } from "./check-signature.js";
import { type DoctorReport, failedStep, type StepResult, type StorageReport } from "./report.js";

export interface DoctorOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Bytes received by all fetches so far. */
  readonly onProgress?: (receivedBytes: number) => void;
}

/** Logger that drops everything: the doctor prints a report. */
const silent: Logger = { log: () => {}, child: () => silent };

/**
 * Tries everything that the daemon needs of each storage, step by step, and writes nothing.
 * @throws VexilError when a plugin cannot be loaded or its settings are wrong
 */
export async function examine(config: Config, options: DoctorOptions): Promise<DoctorReport> {
  const plugins = await loadPlugins(config, silent, { bundledFrom: new URL(import.meta.url) });
  const authenticators = new Map<string, Promise<Authenticator>>();
  const authenticator = (storage: StorageConfig): Promise<Authenticator | undefined> =>
    authenticatorOf(storage, config, plugins, authenticators);
  const received = new Map<string, number>();
  const progress = (id: string, bytes: number): void => {
    received.set(id, bytes);
    options.onProgress?.([...received.values()].reduce((sum, part) => sum + part, 0));
  };
  try {
    const storages = await Promise.all(
      [...config.storages.values()].map((storage) =>
        examineStorage(storage, config, { ...options, plugins, authenticator, progress }),
      ),
    );
    return { ok: storages.every(({ ok }) => ok), storages };
  } finally {
    await plugins.close();
  }
}

async function authenticatorOf(
  { remote, credentials }: StorageConfig,
  config: Config,
  plugins: PluginRegistry,
  opened: Map<string, Promise<Authenticator>>,
): Promise<Authenticator | undefined> {
  const credential = credentials === undefined ? undefined : config.credentials.get(credentials);
  if (remote === undefined || credential === undefined) return undefined;
  const authenticator = opened.get(credential.id) ?? plugins.createAuthenticator(credential, config);
  opened.set(credential.id, authenticator);
  return authenticator;
}

interface StorageTools {
  readonly env: NodeJS.ProcessEnv;
  readonly plugins: PluginRegistry;
  readonly authenticator: (storage: StorageConfig) => Promise<Authenticator | undefined>;
  readonly progress: (id: string, bytes: number) => void;
}

async function examineStorage(
  storage: StorageConfig,
  config: Config,
  { env, plugins, authenticator, progress }: StorageTools,
): Promise<StorageReport> {
  const steps: StepResult[] = [];
  const report = (): StorageReport => ({ id: storage.id, ok: steps.every(({ ok }) => ok), steps });
  const environments = [...config.environments.values()].filter((environment) => environment.storage === storage.id);
  const { path } = storage.backend.settings;
  const directory = storage.backend.type === "local" && typeof path === "string" ? path : undefined;
  try {
    if (directory !== undefined) {
      const result = checkDirectory(directory);
      steps.push(result);
      if (!result.ok) return report();
    } else if (storage.backend.type !== "memory") {
      steps.push(await checkBackend(storage, config, plugins));
    }
    if (storage.signature.enabled) {
      const result = await checkSignature(storage, plugins);
      steps.push(result);
      if (!result.ok) return report();
    }
    // Without a remote, a repository on this machine is read as one: that changes nothing in it.
    const remote = storage.remote ?? localRemote(directory);
    if (remote !== undefined) {
      const open = async (): Promise<ReturnType<typeof openStorageRemote>> =>
        openStorageRemote({ ...storage, remote }, await authenticator(storage), silent);
      const onProgress = (bytes: number): void => progress(storage.id, bytes);
      const checked = await checkRemote(remote, { storage, open, env, onProgress });
      steps.push(...checked.steps);
      if (checked.branch === undefined) return report();
      const result = await checkFiles(await fetchedFiles(checked.branch, environments), storage);
      const warnings = await missingDirectories(checked.branch, environments, storage);
      steps.push(warnings.length === 0 ? result : { ...result, warnings });
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
