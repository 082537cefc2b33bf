import type { AuthorizationConfig, CredentialConfig, MethodConfig, StorageConfig } from "@vexil/config/config";
import type { PluginKind } from "./resolve-plugin.js";

/** One place of the configuration that names a plugin. */
export interface PluginUse {
  readonly kind: PluginKind;
  readonly id: string;
  readonly type: string;
  /** Where its settings stand in the configuration. */
  readonly path: string;
  /** In words, such as `storage main`. */
  readonly owner: string;
  readonly settings: unknown;
}

export function useOfStorage(storage: StorageConfig): PluginUse {
  const { type, settings } = storage.backend;
  const path = `storage.${storage.id}.backend`;
  return { kind: "backend", id: storage.id, type, settings, path, owner: `storage ${storage.id}` };
}

export function useOfSignature({ id, signature }: StorageConfig): PluginUse {
  // A configuration that signs without a type is refused.
  const { type = "" } = signature;
  return { kind: "auth", id, type, settings: {}, path: `storage.${id}.signature`, owner: `storage ${id}` };
}

export function useOfCredential(credential: CredentialConfig): PluginUse {
  const { id, type, settings, path } = credential;
  return { kind: "auth", id, type, settings, path, owner: `credential ${id}` };
}

export function useOfMethod({ method, settings, path }: MethodConfig): PluginUse {
  return { kind: "authentication", id: method, type: method, settings, path, owner: `method ${method}` };
}

export function useOfAuthorization({ type, settings, path }: AuthorizationConfig): PluginUse {
  return { kind: "authorization", id: type, type, settings, path, owner: "authorization" };
}
