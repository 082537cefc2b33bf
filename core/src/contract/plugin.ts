import type { AuthContext, Authenticator } from "./authenticator.js";
import type { Backend, BackendCapabilities, BackendContext } from "./backend.js";
import type { Schema } from "./schema.js";

/** The integer the host compares. Adding optional members keeps it. */
export const API_VERSION = 1;

/** A storage backend, as a plugin package's default export. */
export interface BackendPlugin<Settings = unknown> {
  readonly kind: "backend";
  readonly apiVersion: number;
  /** `[a-z][a-z0-9-]*`: what `backend.type` names. */
  readonly name: string;
  readonly schema: Schema<Settings>;
  readonly capabilities: BackendCapabilities;
  /** 10 s at most. `settings` has passed `schema`. */
  create(settings: Settings, context: BackendContext): Promise<Backend>;
}

/** A credential type, as a plugin package's default export. */
export interface AuthPlugin<Settings = unknown> {
  readonly kind: "auth";
  readonly apiVersion: number;
  /** `[a-z][a-z0-9-]*`: what `credentials.<id>.type` names (`_` in a type reads as `-`). */
  readonly name: string;
  readonly schema: Schema<Settings>;
  create(settings: Settings, context: AuthContext): Promise<Authenticator>;
}

// biome-ignore lint/suspicious/noExplicitAny: a plugin of any settings; the host hands `create` only what its own schema gave
export type Plugin = BackendPlugin<any> | AuthPlugin<any>;

/** Declares a storage backend. Its result carries the API version it was built for. */
export function defineBackend<Settings>(
  plugin: Omit<BackendPlugin<Settings>, "kind" | "apiVersion">,
): BackendPlugin<Settings> {
  return { kind: "backend", apiVersion: API_VERSION, ...plugin };
}

/** Declares a credential type. Its result carries the API version it was built for. */
export function defineAuth<Settings>(plugin: Omit<AuthPlugin<Settings>, "kind" | "apiVersion">): AuthPlugin<Settings> {
  return { kind: "auth", apiVersion: API_VERSION, ...plugin };
}
