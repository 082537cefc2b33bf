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
  Authenticator,
  Authorization,
  Backend,
  BackendCapabilities,
  SignCommit,
  Sink,
  SinkCapabilities,
} from "@vexil/plugin-api";
import type { Clock } from "../model/clock.js";
import type { PluginDeadlines } from "./deadlines.js";
import type { PluginRole } from "./plugin-use.js";
import type { PluginKind } from "./resolve-plugin.js";
import type { Users } from "./users.js";

/** A plugin in use, as `vexil plugin list` shows it. */
export interface ListedPlugin {
  readonly kind: PluginKind;
  /** Purpose; undefined for an entry of `plugins:` that nothing names. */
  readonly role: PluginRole | undefined;
  /** Id of the storage or credential, name of the method, engine or sink; undefined: an entry of `plugins:` that nothing names. */
  readonly id: string | undefined;
  /** As the configuration names it. */
  readonly type: string;
  readonly name: string;
  readonly package: string;
  readonly version: string | undefined;
  readonly file: string;
  readonly apiVersion: number;
  /** Backends and sinks only. */
  readonly capabilities: BackendCapabilities | SinkCapabilities | undefined;
}

/** The plugins that a configuration names: loaded, checked, their settings validated. */
export interface PluginRegistry {
  /**
   * Makes the backend of a storage. All its methods reject with VexilError only; each call has a deadline of 10 s.
   * @param purpose `examine`: only to look whether it can be used
   * @throws VexilError of kind plugin, or with the code that the plugin gave
   */
  createBackend(storage: StorageConfig, config: Config, purpose?: "serve" | "examine"): Promise<Backend>;
  /** Makes the authenticator of a credential, guarded in the same way. */
  createAuthenticator(credential: CredentialConfig, config: Config): Promise<Authenticator>;
  /** Makes the signer of a storage's commits, guarded in the same way, by the credential type that its signature names. */
  createSigner(storage: StorageConfig): Promise<SignCommit>;
  /**
   * Makes a method of authentication, guarded in the same way.
   * @param invalidate called when its answers may be others from now on
   */
  createMethod(method: MethodConfig, config: Config, invalidate: () => void): Promise<AuthenticationMethod>;
  /** Makes the engine of rights, guarded in the same way. */
  createAuthorization(
    authorization: AuthorizationConfig,
    config: Config,
    invalidate: () => void,
  ): Promise<Authorization>;
  /** Makes a sink, guarded in the same way. */
  createSink(sink: SinkConfig, config: Config): Promise<GuardedSink>;
  /** Users of it: all that it has made and that is still open, and whoever is about to make something. */
  readonly users: Users;
  list(): readonly ListedPlugin[];
  /** Promises of a storage's backend. */
  capabilities(storage: string): BackendCapabilities;
  /** Closes whatever is still open, each within 5 s. Never rejects: what fails is logged. Idempotent. */
  close(): Promise<void>;
}

/** A sink, and what it promises. */
export interface GuardedSink {
  readonly sink: Sink;
  readonly capabilities: SinkCapabilities;
}

export interface LoadPluginsOptions {
  /** A file of the daemon: bundled plugins are found from there. Default: from this package. */
  readonly bundledFrom?: URL;
  /** Aborting ends the creation of plugins early. */
  readonly signal?: AbortSignal;
  readonly deadlines?: PluginDeadlines;
  readonly clock?: Clock;
}
