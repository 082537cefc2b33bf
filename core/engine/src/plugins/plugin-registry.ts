import type { AuthorizationConfig, Config, CredentialConfig, MethodConfig, StorageConfig } from "@vexil/config/config";
import { type EmptyVariables, namingVariables } from "@vexil/config/empty-variables";
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
} from "@vexil/plugin-api";
import { token } from "../di/token.js";
import { type Clock, systemClock } from "../model/clock.js";
import { createAuthentication, createAuthenticator, createAuthorization, createBackend } from "./create-plugin.js";
import { createSigner } from "./create-signer.js";
import { PLUGIN_DEADLINES, type PluginDeadlines } from "./deadlines.js";
import { GuardScope } from "./guard-scope.js";
import { listedPlugin } from "./listed-plugin.js";
import type { LoadedPlugin } from "./load-plugin.js";
import { type PluginScope, runOutsideScope } from "./plugin-context.js";
import { PluginSet } from "./plugin-set.js";
import {
  type PluginSubject,
  type PluginUse,
  signaturesOf,
  useOfAuthorization,
  useOfCredential,
  useOfMethod,
  useOfSignature,
  useOfStorage,
  usesOf,
} from "./plugin-use.js";
import { guardProcess } from "./process-guard.js";
import type { ListedPlugin, LoadPluginsOptions, PluginRegistry } from "./registry-contract.js";
import { validateSettings } from "./validate-settings.js";

export type { ListedPlugin, LoadPluginsOptions, PluginRegistry } from "./registry-contract.js";

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

interface Prepared {
  readonly loaded: LoadedPlugin;
  readonly settings: unknown;
}

class Registry implements PluginRegistry {
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  readonly #deadlines: PluginDeadlines;
  readonly #clock: Clock;
  readonly #plugins: PluginSet;
  readonly #prepared = new Map<PluginSubject, Prepared>();
  readonly #listed: ListedPlugin[] = [];
  readonly #open = new Map<GuardScope, { close(): Promise<void> }>();
  /** By storage: the signer of its commits. It has no end of its own, so the next one takes its place. */
  readonly #signers = new Map<string, () => void>();
  readonly #releaseProcess: () => void;
  readonly #empty: EmptyVariables;

  constructor(config: Config, logger: Logger, options: LoadPluginsOptions) {
    this.#empty = config.emptyVariables;
    this.#logger = logger;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#deadlines = options.deadlines ?? PLUGIN_DEADLINES;
    this.#clock = options.clock ?? systemClock;
    const places = {
      configDirectory: config.directory,
      pluginDirectory: config.pluginDirectory,
      bundledFrom: options.bundledFrom ?? new URL(import.meta.url),
    };
    this.#plugins = new PluginSet(places, logger, this.#deadlines, this.#clock);
    this.#releaseProcess = guardProcess();
  }

  async load(config: Config): Promise<void> {
    const provided: (readonly [string, LoadedPlugin])[] = [];
    for (const specifier of config.plugins) provided.push([specifier, await this.#plugins.provide(specifier)]);
    await Promise.all(usesOf(config).map(([subject, use]) => this.#prepare(subject, use)));
    for (const use of signaturesOf(config)) {
      this.#listed.push(listedPlugin(await this.#plugins.load(use.kind, use.type), use));
    }
    for (const [type, loaded] of provided) {
      const used = this.#listed.some((known) => known.file === loaded.source.file);
      if (!used) this.#listed.push(listedPlugin(loaded, { type, role: undefined, id: undefined }));
    }
  }

  async createBackend(
    storage: StorageConfig,
    config: Config,
    purpose: "serve" | "examine" = "serve",
  ): Promise<Backend> {
    const { loaded, plugin, guard, logger } = await this.#guarded(storage, useOfStorage(storage), {
      storage: storage.id,
    });
    const { id, branch, remote, signature } = storage;
    const making = this.#explained(useOfStorage(storage), () =>
      createBackend(plugin as BackendPlugin, guard, {
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
      }),
    );
    const backend = await this.#unlessFailed(loaded, guard, making);
    this.#open.set(guard, backend);
    return backend;
  }

  async createAuthenticator(credential: CredentialConfig, config: Config): Promise<Authenticator> {
    const use = useOfCredential(credential);
    const { loaded, plugin, guard, logger } = await this.#guarded(credential, use, { credential: credential.id });
    const making = this.#explained(use, () =>
      createAuthenticator(plugin as AuthPlugin, guard, {
        credential: { id: credential.id },
        configDirectory: config.directory,
        logger,
        signal: this.#signal,
      }),
    );
    const authenticator = await this.#unlessFailed(loaded, guard, making);
    this.#open.set(guard, authenticator);
    return authenticator;
  }

  async createMethod(method: MethodConfig, config: Config, invalidate: () => void): Promise<AuthenticationMethod> {
    const use = useOfMethod(method);
    const { loaded, plugin, guard, logger } = await this.#guarded(method, use, { method: method.method });
    const making = this.#explained(use, () =>
      createAuthentication(plugin as AuthenticationPlugin, guard, {
        method: method.method,
        configDirectory: config.directory,
        logger,
        invalidate: () => runOutsideScope(invalidate),
        signal: this.#signal,
      }),
    );
    const made = await this.#unlessFailed(loaded, guard, making);
    this.#open.set(guard, made);
    return made;
  }

  async createAuthorization(
    authorization: AuthorizationConfig,
    config: Config,
    invalidate: () => void,
  ): Promise<Authorization> {
    const use = useOfAuthorization(authorization);
    const { loaded, plugin, guard, logger } = await this.#guarded(authorization, use, {});
    const making = this.#explained(use, () =>
      createAuthorization(plugin as AuthorizationPlugin, guard, {
        configDirectory: config.directory,
        logger,
        invalidate: () => runOutsideScope(invalidate),
        signal: this.#signal,
      }),
    );
    const made = await this.#unlessFailed(loaded, guard, making);
    this.#open.set(guard, made);
    return made;
  }

  async createSigner(storage: StorageConfig): Promise<SignCommit> {
    const use = useOfSignature(storage);
    const loaded = await this.#plugins.load(use.kind, use.type);
    const { guard } = this.#guard({ loaded, settings: use.settings }, use, { storage: storage.id });
    const making = this.#explained(use, () => createSigner(loaded.plugin as AuthPlugin, guard, storage));
    const sign = await this.#unlessFailed(loaded, guard, making);
    this.#signers.get(storage.id)?.();
    this.#signers.set(storage.id, () => this.#plugins.dismiss(loaded, guard));
    return sign;
  }

  list(): readonly ListedPlugin[] {
    return this.#listed;
  }

  capabilities(storage: string): BackendCapabilities {
    const listed = this.#listed.find(({ kind, id }) => kind === "backend" && id === storage);
    return listed?.capabilities ?? { durable: false, shared: false };
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map((one) => one.close()));
    this.#plugins.close();
    this.#releaseProcess();
  }

  /** Keeps nothing of what cannot be made: it may be tried again and again. */
  async #unlessFailed<T>(loaded: LoadedPlugin, guard: GuardScope, making: Promise<T>): Promise<T> {
    try {
      return await making;
    } catch (error) {
      this.#plugins.dismiss(loaded, guard);
      throw error;
    }
  }

  async #guarded(
    key: PluginSubject,
    use: PluginUse,
    fields: Readonly<Record<string, string>>,
  ): Promise<{
    readonly loaded: LoadedPlugin;
    readonly plugin: LoadedPlugin["plugin"];
    readonly guard: GuardScope;
    readonly logger: Logger;
  }> {
    const prepared = await this.#prepare(key, use);
    return { loaded: prepared.loaded, plugin: prepared.loaded.plugin, ...this.#guard(prepared, use, fields) };
  }

  #guard(
    { loaded, settings }: Prepared,
    use: PluginUse,
    fields: Readonly<Record<string, string>>,
  ): { readonly guard: GuardScope; readonly logger: Logger } {
    const { plugin, source } = loaded;
    const logger = this.#logger.child({ ...fields, plugin: plugin.name });
    const identity = { plugin: plugin.name, package: source.package, owner: use.owner };
    const guard: GuardScope = new GuardScope({
      identity,
      directory: source.directory,
      settings,
      logger,
      deadlines: this.#deadlines,
      clock: this.#clock,
      closed: () => {
        this.#open.delete(guard);
        this.#plugins.dismiss(loaded, guard);
      },
    });
    this.#plugins.answerFor(loaded, guard);
    return { guard, logger };
  }

  /** Loads the plugin of a use and validates its settings, once. */
  async #prepare(key: PluginSubject, use: PluginUse): Promise<Prepared> {
    const known = this.#prepared.get(key);
    if (known !== undefined) return known;
    const loaded = await this.#plugins.load(use.kind, use.type);
    const { plugin, source } = loaded;
    const scope: PluginScope = {
      identity: { plugin: plugin.name, package: source.package, owner: use.owner },
      step: "validate",
      directory: source.directory,
      escaped: (fault) => this.#plugins.escaped(source, use.type, fault),
    };
    const settings = await this.#explained(use, () =>
      validateSettings(plugin, use.settings, use.path, scope, this.#deadlines, this.#clock),
    );
    const prepared = { loaded, settings };
    this.#prepared.set(key, prepared);
    this.#listed.push(listedPlugin(loaded, use));
    return prepared;
  }

  /** Adds the variables that are not set to an error: a plugin may find something missing for want of one. */
  async #explained<T>({ path }: PluginUse, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw namingVariables(error, this.#empty, path);
    }
  }
}
