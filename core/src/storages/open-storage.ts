import type { Config, StorageConfig } from "../config/config.js";
import type { Authenticator } from "../contract/authenticator.js";
import type { Backend } from "../contract/backend.js";
import type { Logger } from "../contract/logger.js";
import { readCredentialFile } from "../contract/secret-file.js";
import { VexilError } from "../errors/vexil-error.js";
import { openRepository } from "../git/repository.js";
import type { SignCommit } from "../git/sign-ssh.js";
import type { Clock } from "../pipeline/clock.js";
import type { SnapshotBuilder } from "../snapshots/snapshot-builder.js";
import type { SnapshotStore } from "../snapshots/snapshot-store.js";
import { BranchPublisher } from "./branch-publisher.js";
import { BranchSet } from "./branch-set.js";
import { withProgress } from "./fetch-progress.js";
import { GitStorage } from "./git-storage.js";
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
    const remote = opened === undefined ? undefined : withProgress(opened, logger);
    const environments = [...config.environments.values()].filter((environment) => environment.storage === storage.id);
    const repository = openRepository(backend);
    return new GitStorage({
      config: storage,
      repository,
      remote,
      branches: new BranchSet(storage, environments, snapshots, remote?.displayUrl),
      publisher: new BranchPublisher(storage, repository, services.builder, snapshots),
      instance: services.instance,
      now: () => clock.now(),
      commitTemplate: config.templates.commitMessage,
      maybeSparse: !services.isDurable(storage),
      isShared: services.isShared(storage),
      ...(storage.signature.enabled ? { sign: await commitSigner(storage) } : {}),
    });
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/** Commits are signed with the storage's ssh key, which must not be encrypted. */
async function commitSigner(storage: StorageConfig): Promise<SignCommit> {
  // Loaded only where commits are signed: it brings cryptography of its own.
  const { createSshSigner } = await import("../git/sign-ssh.js");
  const { key, keyPath } = storage.signature;
  if (key !== undefined) return createSshSigner(key.reveal());
  if (keyPath === undefined) {
    throw new VexilError("VEXIL_VALIDATION_CONFIG", `storage.${storage.id}.signature: give key_path or key_ref`);
  }
  return createSshSigner(await readCredentialFile(keyPath));
}
