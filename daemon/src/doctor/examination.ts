import type { Config, MethodConfig, SinkConfig, StorageConfig } from "@vexil/config/config";
import { Authenticators } from "@vexil/engine/authenticators";
import { defineModule } from "@vexil/engine/di/module";
import { rootScope, type Scope } from "@vexil/engine/di/scope";
import { InstanceToken, SnapshotBuilderToken } from "@vexil/engine/di/tokens";
import { ClockToken, systemClock } from "@vexil/engine/model/clock";
import { AuthorizationPluginToken, type Generation, openGeneration } from "@vexil/engine/plugins/generation";
import { PluginRegistryToken } from "@vexil/engine/plugins/plugin-registry";
import { openStorage, type ScopedStorage, type StoragePlugins } from "@vexil/engine/storage/open-storage";
import { FeedShelfToken, PastShelf, PastShelfToken } from "@vexil/engine/storage/past/past-shelf";
import { SnapshotStore, SnapshotStoreToken } from "@vexil/engine/storage/state/snapshot-store";
import { passingKeys, SealKeysToken } from "@vexil/engine/storage/write/seal-keys";
import { storagePlugins } from "@vexil/engine/storage-plugins";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import type { AuthenticationMethod, Backend, Logger, SignCommit, Sink } from "@vexil/plugin-api";
import { configuredCallers } from "../access/configured-callers.js";
import { createWithPolicies } from "../http/rights/policy-settings.js";

/** A logger that drops everything: the doctor prints a report. */
const silent: Logger = { log: () => {}, child: () => silent };

/** Opens storages as the daemon does, each over a backend in which nothing is made. */
export class Examination {
  readonly #config: Config;
  readonly #scope: Scope;
  readonly #generation: Generation;
  readonly #authenticators: Authenticators;

  private constructor(config: Config, scope: Scope, generation: Generation) {
    this.#config = config;
    this.#scope = scope;
    this.#generation = generation;
    this.#authenticators = new Authenticators(scope);
  }

  /** @throws VexilError when a plugin cannot be loaded or its settings are wrong */
  static async begin(config: Config): Promise<Examination> {
    const scope = rootScope(
      defineModule((bind) => {
        bind.value(ClockToken, systemClock);
        bind.value(InstanceToken, "vexil doctor");
        bind.value(SealKeysToken, passingKeys());
        bind.value(SnapshotBuilderToken, createSnapshotBuilder());
        bind.factory(PastShelfToken, [SnapshotBuilderToken], (builder) => new PastShelf(builder));
        bind.factory(FeedShelfToken, [PastShelfToken], (shelf) => shelf);
        bind.value(SnapshotStoreToken, new SnapshotStore());
      }),
    );
    const generation = await openGeneration(scope, config, silent, { bundledFrom: new URL(import.meta.url) });
    return new Examination(config, scope, generation);
  }

  /** Makes a method of authentication. */
  async openMethod(method: MethodConfig): Promise<AuthenticationMethod> {
    const registry = await this.#generation.scope.get(PluginRegistryToken);
    return registry.createMethod(method, this.#config, () => {});
  }

  /** Makes a sink, which is told nothing. */
  async openSink(sink: SinkConfig): Promise<Sink> {
    const registry = await this.#generation.scope.get(PluginRegistryToken);
    return (await registry.createSink(sink, this.#config)).sink;
  }

  /** Makes the signer of a storage's commits. */
  async openSigner(storage: StorageConfig): Promise<SignCommit> {
    return (await this.#plugins(storage)).createSigner();
  }

  /** Opens a storage without remote and signer, over its own backend, which is only looked at. */
  async openBackend(storage: StorageConfig): Promise<ScopedStorage> {
    const registry = await this.#generation.scope.get(PluginRegistryToken);
    const signature = { ...storage.signature, enabled: false };
    return this.#open({ ...storage, remote: undefined, signature }, silent, () =>
      registry.createBackend(storage, this.#config, "examine"),
    );
  }

  /**
   * Opens a storage with its remote, over a backend of the caller's.
   * @param onProgress is told once in a while how much of a long fetch has come
   */
  openRemote(storage: StorageConfig, backend: Backend, onProgress: (bytes: number) => void): Promise<ScopedStorage> {
    return this.#open(storage, progressOf(onProgress), async () => backend);
  }

  /**
   * Tries policies with the engine of rights that the configuration names.
   * @returns what is hardly meant by them
   * @throws VexilError where they would be refused
   */
  async checkPolicies(bytes: Uint8Array): Promise<readonly string[]> {
    const { authorization, authentication } = this.#config;
    if (authorization === undefined) return [];
    const plugin = await this.#generation.scope.named(AuthorizationPluginToken, authorization.type);
    const engine = await createWithPolicies(plugin, authorization, bytes, () => undefined);
    try {
      return engine.unmatched?.(configuredCallers(authentication)) ?? [];
    } finally {
      await engine.close();
    }
  }

  #plugins(storage: StorageConfig): Promise<StoragePlugins> {
    return storagePlugins(storage, this.#generation, this.#authenticators);
  }

  async close(): Promise<void> {
    await this.#authenticators.close();
    await this.#generation.scope.end();
    await (await this.#scope.get(SnapshotBuilderToken)).close();
  }

  async #open(storage: StorageConfig, logger: Logger, createBackend: () => Promise<Backend>): Promise<ScopedStorage> {
    const plugins = await this.#plugins(storage);
    // An examination leaves nothing behind.
    return openStorage(
      this.#scope,
      { ...storage, journal: undefined },
      this.#config,
      { ...plugins, createBackend },
      logger,
    );
  }
}

/** A logger that passes on how far fetches are. */
function progressOf(onProgress: (bytes: number) => void): Logger {
  const logger: Logger = {
    log: (_level, event, _message, fields) => {
      if (event === "fetch.progress" && typeof fields?.size_bytes === "number") onProgress(fields.size_bytes);
    },
    child: () => logger,
  };
  return logger;
}
