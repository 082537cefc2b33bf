import { setMaxListeners } from "node:events";
import type {
  AuthorizationConfig,
  Config,
  CredentialConfig,
  MethodConfig,
  SinkConfig,
  StorageConfig,
} from "@vexil/config/config";
import type {
  AuthenticationMethod,
  AuthenticationPlugin,
  Authenticator,
  Authorization,
  AuthorizationPlugin,
  AuthPlugin,
  Backend,
  BackendCapabilities,
  BackendPlugin,
  Logger,
  SignCommit,
  SinkPlugin,
} from "@vexil/plugin-api";
import { token } from "../di/token.js";
import { systemClock } from "../model/clock.js";
import {
  createAuthentication,
  createAuthenticator,
  createAuthorization,
  createBackend,
  createSink,
} from "./create-plugin.js";
import { createSigner } from "./create-signer.js";
import { PLUGIN_DEADLINES } from "./deadlines.js";
import type { GuardScope } from "./guard-scope.js";
import { listedPlugin } from "./listed-plugin.js";
import type { LoadedPlugin } from "./load-plugin.js";
import { runOutsideScope } from "./plugin-context.js";
import { PluginSet } from "./plugin-set.js";
import {
  signaturesOf,
  useOfAuthorization,
  useOfCredential,
  useOfMethod,
  useOfSignature,
  useOfSink,
  useOfStorage,
  usesOf,
} from "./plugin-use.js";
import { PreparedPlugins } from "./prepared-plugins.js";
import { guardProcess } from "./process-guard.js";
import type { GuardedSink, ListedPlugin, LoadPluginsOptions, PluginRegistry } from "./registry-contract.js";
import { Users } from "./users.js";

export type { GuardedSink, ListedPlugin, LoadPluginsOptions, PluginRegistry } from "./registry-contract.js";

export const PluginRegistryToken = token<PluginRegistry>("plugins");

/**
 * Loads what the configuration names, and nothing else, and validates all settings before any plugin is created.
 * From then until `close`, what escapes a plugin (an exit, a leaked rejection) is attributed to it.
 * @throws VexilError of kind plugin: one line naming plugin, package, step, reason and what to do
 */
export async function loadPlugins(
  config: Config,
  logger: Logger,
  options: LoadPluginsOptions = {},
): Promise<PluginRegistry> {
  const registry = new Registry(config, logger, options);
  try {
    await registry.load(config);
  } catch (error) {
    await registry.close();
    throw error;
  }
  return registry;
}

class Registry implements PluginRegistry {
  readonly #signal: AbortSignal;
  readonly #plugins: PluginSet;
  readonly #prepared: PreparedPlugins;
  readonly users = new Users();
  readonly #open = new Map<GuardScope, { readonly close: () => Promise<void>; readonly done: () => void }>();
  /** By storage: forgets the signer of its commits. It has no end of its own, so the next one takes its place. */
  readonly #signers = new Map<string, () => void>();
  readonly #releaseProcess: () => void;

  constructor(config: Config, logger: Logger, options: LoadPluginsOptions) {
    this.#signal = options.signal ?? new AbortController().signal;
    // Each plugin that is being made listens to it.
    setMaxListeners(0, this.#signal);
    const deadlines = options.deadlines ?? PLUGIN_DEADLINES;
    const clock = options.clock ?? systemClock;
    const places = {
      configDirectory: config.directory,
      pluginDirectory: config.pluginDirectory,
      bundledFrom: options.bundledFrom ?? new URL(import.meta.url),
    };
    this.#plugins = new PluginSet(places, logger, deadlines, clock);
    const { emptyVariables } = config;
    const closed = (guard: GuardScope): void => {
      this.#open.get(guard)?.done();
      this.#open.delete(guard);
    };
    this.#prepared = new PreparedPlugins(this.#plugins, { logger, deadlines, clock, emptyVariables, closed });
    this.#releaseProcess = guardProcess();
  }

  async load(config: Config): Promise<void> {
    const { listed } = this.#prepared;
    const provided: (readonly [string, LoadedPlugin])[] = [];
    for (const specifier of config.plugins) provided.push([specifier, await this.#plugins.provide(specifier)]);
    await Promise.all(usesOf(config).map(([subject, use]) => this.#prepared.prepare(subject, use)));
    for (const use of signaturesOf(config)) {
      listed.push(listedPlugin(await this.#plugins.load(use.kind, use.type), use));
    }
    for (const [type, loaded] of provided) {
      const used = listed.some((known) => known.file === loaded.source.file);
      if (!used) listed.push(listedPlugin(loaded, { type, role: undefined, id: undefined }));
    }
  }

  async createBackend(
    storage: StorageConfig,
    config: Config,
    purpose: "serve" | "examine" = "serve",
  ): Promise<Backend> {
    const { id, branch, remote, signature } = storage;
    const use = useOfStorage(storage);
    const { plugin, guard, logger, make } = await this.#prepared.use<BackendPlugin>(storage, use, { storage: id });
    const context = {
      storage: {
        id,
        branch,
        hasRemote: remote !== undefined,
        signature: { name: signature.name, email: signature.email },
      },
      configDirectory: config.directory,
      logger,
      signal: this.#signal,
      ...(purpose === "examine" && { examining: true }),
    };
    return this.#keep(guard, await make(() => createBackend(plugin, guard, context)));
  }

  async createAuthenticator(credential: CredentialConfig, config: Config): Promise<Authenticator> {
    const { id } = credential;
    const use = useOfCredential(credential);
    const { plugin, guard, logger, make } = await this.#prepared.use<AuthPlugin>(credential, use, { credential: id });
    const context = { credential: { id }, configDirectory: config.directory, logger, signal: this.#signal };
    return this.#keep(guard, await make(() => createAuthenticator(plugin, guard, context)));
  }

  async createMethod(method: MethodConfig, config: Config, invalidate: () => void): Promise<AuthenticationMethod> {
    const use = useOfMethod(method);
    const fields = { method: method.method };
    const { plugin, guard, logger, make } = await this.#prepared.use<AuthenticationPlugin>(method, use, fields);
    const context = { ...fields, logger, ...this.#access(config, invalidate) };
    return this.#keep(guard, await make(() => createAuthentication(plugin, guard, context)));
  }

  async createAuthorization(
    authorization: AuthorizationConfig,
    config: Config,
    invalidate: () => void,
  ): Promise<Authorization> {
    const use = useOfAuthorization(authorization);
    const { plugin, guard, logger, make } = await this.#prepared.use<AuthorizationPlugin>(authorization, use, {});
    const context = { logger, ...this.#access(config, invalidate) };
    return this.#keep(guard, await make(() => createAuthorization(plugin, guard, context)));
  }

  async createSink(sink: SinkConfig, config: Config): Promise<GuardedSink> {
    const { name } = sink;
    const { plugin, guard, logger, make } = await this.#prepared.use<SinkPlugin>(sink, useOfSink(sink), { sink: name });
    const context = { sink: { name }, configDirectory: config.directory, logger, signal: this.#signal };
    const made = await make(() => createSink(plugin, guard, context));
    return { sink: this.#keep(guard, made), capabilities: plugin.capabilities };
  }

  async createSigner(storage: StorageConfig): Promise<SignCommit> {
    const use = useOfSignature(storage);
    const prepared = { loaded: await this.#plugins.load(use.kind, use.type), settings: use.settings };
    const guarded = this.#prepared.guarded<AuthPlugin>(prepared, use, { storage: storage.id });
    const sign = await guarded.make(() => createSigner(guarded.plugin, guarded.guard, storage));
    this.#signers.get(storage.id)?.();
    this.#signers.set(storage.id, guarded.dismiss);
    return sign;
  }

  list(): readonly ListedPlugin[] {
    return this.#prepared.listed;
  }

  capabilities(storage: string): BackendCapabilities {
    const listed = this.list().find(({ kind, id }) => kind === "backend" && id === storage);
    return (listed?.capabilities as BackendCapabilities | undefined) ?? { durable: false, shared: false };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ close }) => close()));
    this.#plugins.close();
    this.#releaseProcess();
  }

  /** Facts that methods of authentication and engines of rights get alike. */
  #access(
    { directory }: Config,
    invalidate: () => void,
  ): { readonly configDirectory: string; readonly invalidate: () => void; readonly signal: AbortSignal } {
    return { configDirectory: directory, invalidate: () => runOutsideScope(invalidate), signal: this.#signal };
  }

  /** Closes it with the registry. */
  #keep<T extends { close(): Promise<void> }>(guard: GuardScope, made: T): T {
    this.#open.set(guard, { close: () => made.close(), done: this.users.add() });
    return made;
  }
}
