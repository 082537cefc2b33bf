import type { Config, StorageConfig } from "../config/config.js";
import type { Authenticator } from "../contract/authenticator.js";
import type { Backend } from "../contract/backend.js";
import type { Logger } from "../contract/logger.js";
import { readCredentialFile } from "../contract/secret-file.js";
import { VexilError } from "../errors/vexil-error.js";
import { openRemote } from "../git/open-remote.js";
import type { Remote } from "../git/remote.js";
import { openRepository } from "../git/repository.js";
import { createSshSigner, type SignCommit } from "../git/sign-ssh.js";
import type { Clock } from "../pipeline/clock.js";
import type { SnapshotBuilder } from "../snapshots/snapshot-builder.js";
import type { SnapshotStore } from "../snapshots/snapshot-store.js";
import { BranchPublisher } from "./branch-publisher.js";
import { BranchSet } from "./branch-set.js";
import { GitStorage } from "./git-storage.js";

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
  /** The authenticator of a credential id; shared by all storages that name it. */
  readonly authenticator: (id: string) => Promise<Authenticator>;
}

/** Makes a storage's backend and remote. No network traffic yet; rejects with VexilError naming the storage. */
export async function openStorage(storage: StorageConfig, services: OpenStorageServices): Promise<GitStorage> {
  const { config, snapshots, clock } = services;
  const backend = await services.createBackend(storage, config);
  const logger = services.logger.child({ storage: storage.id });
  try {
    const remote = await openStorageRemote(storage, services, logger);
    const environments = [...config.environments.values()].filter((environment) => environment.storage === storage.id);
    const repository = openRepository(backend);
    return new GitStorage({
      config: storage,
      repository,
      remote,
      branches: new BranchSet(storage, environments, snapshots, remote?.displayUrl),
      publisher: new BranchPublisher(repository, services.builder, snapshots, storage.limits),
      instance: services.instance,
      now: () => clock.now(),
      commitTemplate: config.templates.commitMessage,
      ...(storage.signature.enabled ? { sign: await commitSigner(storage) } : {}),
    });
  } catch (error) {
    await backend.close();
    throw error;
  }
}

async function openStorageRemote(
  storage: StorageConfig,
  services: OpenStorageServices,
  logger: Logger,
): Promise<Remote | undefined> {
  if (storage.remote === undefined) return undefined;
  const authenticator =
    storage.credentials === undefined ? undefined : await services.authenticator(storage.credentials);
  return openRemote({
    url: storage.remote,
    storage: storage.id,
    credential: storage.credentials,
    ...(authenticator === undefined ? {} : { authenticator }),
    timeouts: storage.timeouts,
    packBytes: storage.limits.packBytes,
    tls: {
      caCertPath: storage.caCertPath,
      caCertBytes: storage.caCertBytes,
      insecureSkipTls: storage.insecureSkipTls,
    },
    logger,
  });
}

/** Commits are signed with the storage's ssh key, which must not be encrypted. */
async function commitSigner(storage: StorageConfig): Promise<SignCommit> {
  const { key, keyPath } = storage.signature;
  if (key !== undefined) return createSshSigner(key.reveal());
  if (keyPath === undefined) {
    throw new VexilError("VEXIL_VALIDATION_CONFIG", `storage.${storage.id}.signature: give key_path or key_ref`);
  }
  return createSshSigner(await readCredentialFile(keyPath));
}
