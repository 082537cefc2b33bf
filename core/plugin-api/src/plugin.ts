import type { AuthenticationContext, AuthenticationMethod } from "./authentication.js";
import type { AuthContext, Authenticator } from "./authenticator.js";
import type { Authorization, AuthorizationContext } from "./authorization.js";
import type { Backend, BackendCapabilities, BackendContext } from "./backend.js";
import type { Schema } from "./schema.js";
import type { Sink, SinkCapabilities, SinkContext } from "./sink.js";

/**
 * The integer the host compares: a plugin of another one is refused at its step `check`. Adding optional members keeps
 * it.
 */
export const API_VERSION = 1;

/**
 * A storage backend, as a plugin package's default export. Made by {@link defineBackend}.
 * @example const plugin: BackendPlugin<Settings> = defineBackend({ name: "acme", schema, capabilities, create })
 */
export interface BackendPlugin<Settings = unknown> {
  readonly kind: "backend";
  readonly apiVersion: number;
  /** `[a-z][a-z0-9-]*`: what `backend.type` names. */
  readonly name: string;
  /**
   * For the keys beside `type`. Refuse what you do not know (`z.strictObject`), so that a typing error is found at
   * once.
   */
  readonly schema: Schema<Settings>;
  readonly capabilities: BackendCapabilities;
  /**
   * Called once for each storage, 10 s at most. `settings` has passed `schema`.
   * @throws anything: the start ends with exit code 1 and one line that names plugin, package, step and reason
   */
  create(settings: Settings, context: BackendContext): Promise<Backend>;
}

/**
 * A credential type, as a plugin package's default export. Made by {@link defineAuth}.
 * @example const plugin: AuthPlugin<Settings> = defineAuth({ name: "vault", schema, create })
 */
export interface AuthPlugin<Settings = unknown> {
  readonly kind: "auth";
  readonly apiVersion: number;
  /** `[a-z][a-z0-9-]*`: what `credentials.<id>.type` names (`_` in a type reads as `-`). */
  readonly name: string;
  readonly schema: Schema<Settings>;
  /** Called once for each credential, 10 s at most. */
  create(settings: Settings, context: AuthContext): Promise<Authenticator>;
  /**
   * Makes a signer of commits, for types whose keys can sign; `storage.<id>.signature.type` names them too. 10 s at most.
   * @param privateKey text of the key; it is secret
   * @throws VexilError `VEXIL_AUTH_KEY`
   */
  createSigner?(privateKey: string): Promise<SignCommit>;
}

/**
 * Signs a commit; 10 s at most.
 * @param payload the commit as git hashes it, without a signature
 * @returns value of its header `gpgsig`: what `git verify-commit` reads, lines without a break at the end
 * @example const sign: SignCommit = async (payload) => armour(signature(key, payload));
 */
export type SignCommit = (payload: string) => Promise<string>;

/**
 * A way for callers to authenticate, as a plugin package's default export. Made by {@link defineAuthentication}.
 * @example const plugin: AuthenticationPlugin<Settings> = defineAuthentication({ name: "hmac", schema, create })
 */
export interface AuthenticationPlugin<Settings = unknown> {
  readonly kind: "authentication";
  readonly apiVersion: number;
  /** `[a-z][a-z0-9-]*`: the key under `authentication.methods`. */
  readonly name: string;
  /** For the keys beside `enabled`. */
  readonly schema: Schema<Settings>;
  /**
   * Called once for each configuration, 10 s at most. A provider that cannot be reached is no reason to fail: the other
   * methods go on, and each request asks again.
   */
  create(settings: Settings, context: AuthenticationContext): Promise<AuthenticationMethod>;
}

/**
 * An engine of rights, as a plugin package's default export. Made by {@link defineAuthorization}.
 * @example const plugin: AuthorizationPlugin<Settings> = defineAuthorization({ name: "cedar", schema, create })
 */
export interface AuthorizationPlugin<Settings = unknown> {
  readonly kind: "authorization";
  readonly apiVersion: number;
  /** `[a-z][a-z0-9-]*`: the value of `authorization.backend`. */
  readonly name: string;
  /** For the keys beside `required` and `backend`. */
  readonly schema: Schema<Settings>;
  /** Called once for each configuration, 10 s at most. */
  create(settings: Settings, context: AuthorizationContext): Promise<Authorization>;
}

/**
 * A place that is told what happened, as a plugin package's default export. Made by {@link defineSink}.
 * @example const plugin: SinkPlugin<Settings> = defineSink({ name: "kafka", schema, capabilities, create })
 */
export interface SinkPlugin<Settings = unknown> {
  readonly kind: "sink";
  readonly apiVersion: number;
  /** `[a-z][a-z0-9-]*`: what `sinks.<name>.type` names. */
  readonly name: string;
  /** For the keys beside `type`, `filter`, `from` and `max_age`, which are the host's. */
  readonly schema: Schema<Settings>;
  readonly capabilities: SinkCapabilities;
  /**
   * Called once for each sink, 10 s at most. A target that cannot be reached is no reason to fail: its events wait, and are
   * given again.
   */
  create(settings: Settings, context: SinkContext): Promise<Sink>;
}

/** Default export of a plugin package. `kind` tells which it is. */
export type Plugin =
  // biome-ignore lint/suspicious/noExplicitAny: a plugin of any settings; the host hands `create` only what its own schema gave
  BackendPlugin<any> | AuthPlugin<any> | AuthenticationPlugin<any> | AuthorizationPlugin<any> | SinkPlugin<any>;

/**
 * Declares a storage backend. Its result carries the API version it was built for.
 * @example
 * export default defineBackend({
 *   name: "acme",
 *   schema: z.strictObject({ url: secret() }),
 *   capabilities: { durable: true, shared: true },
 *   create: (settings, context) => openStore(settings, context),
 * });
 */
export function defineBackend<Settings>(
  plugin: Omit<BackendPlugin<Settings>, "kind" | "apiVersion">,
): BackendPlugin<Settings> {
  return { kind: "backend", apiVersion: API_VERSION, ...plugin };
}

/**
 * Declares a credential type. Its result carries the API version it was built for.
 * @example
 * export default defineAuth({
 *   name: "vault",
 *   schema: z.strictObject({ path: z.string() }),
 *   create: async (settings) => ({ type: "http", headers: async () => headersOf(settings.path), close: async () => {} }),
 * });
 */
export function defineAuth<Settings>(plugin: Omit<AuthPlugin<Settings>, "kind" | "apiVersion">): AuthPlugin<Settings> {
  return { kind: "auth", apiVersion: API_VERSION, ...plugin };
}

/**
 * Declares a way for callers to authenticate. Its result carries the API version it was built for.
 * @example
 * export default defineAuthentication({
 *   name: "hmac",
 *   schema: z.strictObject({ key: secret() }),
 *   create: async ({ key }) => ({
 *     schemes: ["Bearer"],
 *     verify: async ({ value }) => identityOf(value, key),
 *     close: async () => {},
 *   }),
 * });
 */
export function defineAuthentication<Settings>(
  plugin: Omit<AuthenticationPlugin<Settings>, "kind" | "apiVersion">,
): AuthenticationPlugin<Settings> {
  return { kind: "authentication", apiVersion: API_VERSION, ...plugin };
}

/**
 * Declares an engine of rights. Its result carries the API version it was built for.
 * @example
 * export default defineAuthorization({
 *   name: "readers",
 *   schema: z.strictObject({}),
 *   create: async () => ({ decide: (_caller, { action }) => action === "read", close: async () => {} }),
 * });
 */
export function defineAuthorization<Settings>(
  plugin: Omit<AuthorizationPlugin<Settings>, "kind" | "apiVersion">,
): AuthorizationPlugin<Settings> {
  return { kind: "authorization", apiVersion: API_VERSION, ...plugin };
}

/**
 * Declares a place that is told what happened. Its result carries the API version it was built for.
 * @example
 * export default defineSink({
 *   name: "lines",
 *   schema: z.strictObject({ path: z.string() }),
 *   capabilities: { batch: 100 },
 *   create: async ({ path }) => ({ deliver: (events) => appendLines(path, events), close: async () => {} }),
 * });
 */
export function defineSink<Settings>(plugin: Omit<SinkPlugin<Settings>, "kind" | "apiVersion">): SinkPlugin<Settings> {
  return { kind: "sink", apiVersion: API_VERSION, ...plugin };
}
