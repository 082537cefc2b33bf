import type { Config, StorageConfig } from "@vexil/config/config";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { openRepository } from "@vexil/git/repository";
import type { Authenticator, Backend, Logger, SignCommit } from "@vexil/plugin-api";
import type { Clock } from "../model/clock.js";
import { withProgress } from "./fetch/fetch-progress.js";
import { GitStorage } from "./git-storage.js";
import { BranchPublisher } from "./state/branch-publisher.js";
import { BranchSet } from "./state/branch-set.js";
import type { SnapshotStore } from "./state/snapshot-store.js";
import { openStorageRemote } from "./storage-remote.js";

/** What storages are opened with. */
export interface OpenStorageServices {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly snapshots: SnapshotStore;
  readonly builder: SnapshotBuilder;
  /** Mark of this daemon in the commits it makes. */
  readonly instance: string;
  readonly createBackend: (storage: StorageConfig, config: Config) => Promise<Backend>;
  /** Whether a storage's backend still holds its data after the process has ended. */
  readonly isDurable: (storage: StorageConfig) => boolean;
  /** Whether several daemons may use a storage's backend at the same time. */
  readonly isShared: (storage: StorageConfig) => boolean;
  readonly createSigner: (storage: StorageConfig) => Promise<SignCommit>;
  /** The authenticator of a credential id; shared by all storages that name it. */
  readonly authenticator: (id: string) => Promise<Authenticator>;
}

/** Makes a storage's backend and remote. No network traffic yet; rejects with VexilError naming the storage. */
export async function openStorage(storage: StorageConfig, services: OpenStorageServices): Promise<GitStorage> {
  const { config, snapshots, clock } = services;
  const backend = await services.createBackend(storage, config);
  const logger = services.logger.child({ storage: storage.id });
  try {
    const { credentials } = storage;
    const authenticator =
      storage.remote === undefined || credentials === undefined ? undefined : await services.authenticator(credentials);
    const opened = openStorageRemote(storage, authenticator, logger);
    const remote = opened === undefined ? undefined : withProgress(opened, logger, clock);
    const environments = [...config.environments.values()].filter((environment) => environment.storage === storage.id);
    const repository = openRepository(backend);
    return new GitStorage({
      config: storage,
      repository,
      remote,
      branches: new BranchSet(storage, environments, snapshots, remote?.displayUrl),
      publisher: new BranchPublisher(storage, repository, services.builder, snapshots),
      instance: services.instance,
      clock,
      commitTemplate: config.templates.commitMessage,
      maybeSparse: !services.isDurable(storage),
      isShared: services.isShared(storage),
      ...(storage.signature.enabled ? { sign: await services.createSigner(storage) } : {}),
    });
  } catch (error) {
    await backend.close();
    throw error;
  }
}
