import type { Config, StorageConfig } from "@vexil/config/config";
import type { Authenticator, Backend, BackendCapabilities, Logger, SignCommit } from "@vexil/plugin-api";
import { defineModule, type Module } from "../di/module.js";
import type { Scope } from "../di/scope.js";
import { InstanceToken } from "../di/tokens.js";
import { ClockToken } from "../model/clock.js";
import { fetchModule } from "./fetch/fetch-module.js";
import { withProgress } from "./fetch/fetch-progress.js";
import type { GitStorage } from "./git-storage.js";
import { openJournal } from "./past/open-journal.js";
import { JournalToken } from "./past/served-journal.js";
import { SnapshotStoreToken } from "./state/snapshot-store.js";
import { stateModule } from "./state/state-module.js";
import { storageModule } from "./storage-module.js";
import { openStorageRemote } from "./storage-remote.js";
import {
  BackendToken,
  CapabilitiesToken,
  CommitTemplateToken,
  EnvironmentsToken,
  GitStorageToken,
  RemoteToken,
  SignerToken,
  StorageConfigToken,
} from "./storage-tokens.js";
import { writeModule } from "./write/write-module.js";

/** Factories and capabilities that the plugins of one storage provide. */
export interface StoragePlugins {
  readonly capabilities: BackendCapabilities;
  readonly createBackend: () => Promise<Backend>;
  readonly createSigner: () => Promise<SignCommit>;
  /** Of the storage's credential, shared by all storages that name it. */
  readonly authenticator: () => Promise<Authenticator>;
}

/** An open storage and the scope that it lives in: ending the scope closes it. */
export interface ScopedStorage {
  readonly storage: GitStorage;
  readonly scope: Scope;
}

/** Modules of what a storage is made of, apart from what it is given. */
export const storageModules: readonly Module[] = [storageModule, stateModule, fetchModule, writeModule];

/**
 * Makes a storage in a scope of its own: its backend, its remote and all that works on them. No network traffic yet;
 * rejects with VexilError naming the storage.
 */
export async function openStorage(
  parent: Scope,
  storage: StorageConfig,
  config: Config,
  plugins: StoragePlugins,
  logger: Logger,
): Promise<ScopedStorage> {
  const environments = [...config.environments.values()].filter((environment) => environment.storage === storage.id);
  const scope = parent.child(
    defineModule((bind) => {
      bind.value(StorageConfigToken, storage);
      bind.value(EnvironmentsToken, environments);
      bind.value(CommitTemplateToken, config.templates.commitMessage);
      bind.value(CapabilitiesToken, plugins.capabilities);
      // As the remote, after the backend: while that is away nothing else is made.
      bind.factory(SignerToken, [BackendToken], () => (storage.signature.enabled ? plugins.createSigner() : undefined));
      bind.factory(BackendToken, [], plugins.createBackend, (backend) => backend.close());
      bind.factory(
        JournalToken,
        [BackendToken, ClockToken, InstanceToken, SnapshotStoreToken],
        (backend, clock, instance, snapshots) => {
          const { durable: isDurable } = plugins.capabilities;
          return openJournal({ storage, backend, isDurable, instance, clock, snapshots, logger });
        },
        (journal) => journal?.close(),
      );
      bind.factory(
        RemoteToken,
        // What the storage has is made after its backend: a backend that is away is told first.
        [ClockToken, BackendToken],
        async (clock) => {
          const { credentials, remote } = storage;
          const authenticator =
            remote === undefined || credentials === undefined ? undefined : await plugins.authenticator();
          const opened = openStorageRemote(storage, authenticator, logger);
          return opened === undefined ? undefined : withProgress(opened, logger, clock);
        },
        (remote) => remote?.close(),
      );
    }),
    ...storageModules,
  );
  try {
    return { storage: await scope.get(GitStorageToken), scope };
  } catch (error) {
    await scope.end();
    throw error;
  }
}
