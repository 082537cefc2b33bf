import type { AuthorizationConfig, Config, CredentialConfig, MethodConfig, StorageConfig } from "@vexil/config/config";
import type {
  AuthenticationMethod,
  Authenticator,
  Authorization,
  Backend,
  BackendCapabilities,
  Logger,
} from "@vexil/plugin-api";
import { defineModule } from "../di/module.js";
import type { Scope } from "../di/scope.js";
import { token } from "../di/token.js";
import { ConfigToken } from "../di/tokens.js";
import { type LoadPluginsOptions, loadPlugins, type PluginRegistry, PluginRegistryToken } from "./plugin-registry.js";

/** A backend plugin, ready to be used: loaded, checked, the settings of its storages validated. */
export interface UsableBackend {
  readonly capabilities: BackendCapabilities;
  create(storage: StorageConfig): Promise<Backend>;
}

/** A credential plugin, ready to be used. */
export interface UsableAuth {
  create(credential: CredentialConfig): Promise<Authenticator>;
}

/** A plugin for a method of authentication, ready to be used. */
export interface UsableAuthentication {
  /** @param invalidate called when its answers may be others from now on */
  create(method: MethodConfig, invalidate: () => void): Promise<AuthenticationMethod>;
}

/** A plugin for rights, ready to be used. */
export interface UsableAuthorization {
  /** @param invalidate called when its decisions may be others from now on */
  create(authorization: AuthorizationConfig, invalidate: () => void): Promise<Authorization>;
}

/** Backend plugins, each named by the type that the configuration calls it. */
export const BackendPluginToken = token<UsableBackend>("plugin/backend");
/** Credential plugins, each named by the type that the configuration calls it. */
export const AuthPluginToken = token<UsableAuth>("plugin/auth");
/** Plugins for methods of authentication, each named by the method. */
export const AuthenticationPluginToken = token<UsableAuthentication>("plugin/authentication");
/** Plugins for rights, each named by the type that the configuration calls it. */
export const AuthorizationPluginToken = token<UsableAuthorization>("plugin/authorization");

/** A configuration and the scope of what belongs to it: itself and the plugins that it names. A reload makes another. */
export interface Generation {
  readonly config: Config;
  readonly scope: Scope;
  /** Keeps it from ending, for somebody who is going to make something of it; returns what lets go of it. */
  hold(): () => void;
  /** Ends it once nobody holds it and nothing that its plugins have made is open: another one has taken its place. */
  retire(): Promise<void>;
}

/**
 * Loads the plugins of a configuration and binds them by type.
 * @throws VexilError of kind plugin
 */
export async function openGeneration(
  parent: Scope,
  config: Config,
  logger: Logger,
  options: LoadPluginsOptions,
): Promise<Generation> {
  return generationOf(parent, config, await loadPlugins(config, logger, options));
}

/** The generation of a configuration whose plugins are loaded; its end closes them. */
export async function generationOf(parent: Scope, config: Config, plugins: PluginRegistry): Promise<Generation> {
  const scope = parent.child(
    defineModule((bind) => {
      bind.value(ConfigToken, config);
      bind.factory(
        PluginRegistryToken,
        [],
        () => plugins,
        (made) => made.close(),
      );
      for (const [type, { id }] of byType(config.storages.values(), ({ backend }) => backend.type)) {
        bind.named(BackendPluginToken, type, {
          capabilities: plugins.capabilities(id),
          create: (storage) => plugins.createBackend(storage, config),
        });
      }
      for (const [type] of byType(config.credentials.values(), (credential) => credential.type)) {
        bind.named(AuthPluginToken, type, {
          create: (credential) => plugins.createAuthenticator(credential, config),
        });
      }
      for (const { method } of config.authentication.methods) {
        bind.named(AuthenticationPluginToken, method, {
          create: (wanted, invalidate) => plugins.createMethod(wanted, config, invalidate),
        });
      }
      if (config.authorization !== undefined) {
        bind.named(AuthorizationPluginToken, config.authorization.type, {
          create: (wanted, invalidate) => plugins.createAuthorization(wanted, config, invalidate),
        });
      }
    }),
  );
  // What has never been asked for has no end.
  await scope.get(PluginRegistryToken);
  return {
    config,
    scope,
    hold: () => plugins.users.add(),
    retire: async () => {
      await plugins.users.none();
      await scope.end();
    },
  };
}

function byType<T>(all: Iterable<T>, typeOf: (one: T) => string): ReadonlyMap<string, T> {
  return new Map([...all].map((one) => [typeOf(one), one]));
}
