import type {
  AuthorizationConfig,
  Config,
  CredentialConfig,
  MethodConfig,
  SinkConfig,
  StorageConfig,
} from "@vexil/config/config";
import type { PluginKind } from "./resolve-plugin.js";

/** Purpose of a plugin: what its kind is for, or the signing of commits by a plugin for credentials. */
export type PluginRole = PluginKind | "signature";

/** One place of the configuration that names a plugin. */
export interface PluginUse {
  readonly kind: PluginKind;
  readonly role: PluginRole;
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
  return { kind: "backend", role: "backend", id: storage.id, type, settings, path, owner: `storage ${storage.id}` };
}

export function useOfSignature({ id, signature }: StorageConfig): PluginUse {
  // A configuration that signs without a type is refused.
  const { type = "" } = signature;
  const path = `storage.${id}.signature`;
  return { kind: "auth", role: "signature", id, type, settings: {}, path, owner: `storage ${id}` };
}

export function useOfCredential(credential: CredentialConfig): PluginUse {
  const { id, type, settings, path } = credential;
  return { kind: "auth", role: "auth", id, type, settings, path, owner: `credential ${id}` };
}

export function useOfMethod({ method, settings, path }: MethodConfig): PluginUse {
  const kind = "authentication";
  return { kind, role: kind, id: method, type: method, settings, path, owner: `method ${method}` };
}

export function useOfAuthorization({ type, settings, path }: AuthorizationConfig): PluginUse {
  const kind = "authorization";
  return { kind, role: kind, id: type, type, settings, path, owner: "authorization" };
}

export function useOfSink({ name, type, settings, path }: SinkConfig): PluginUse {
  return { kind: "sink", role: "sink", id: name, type, settings, path, owner: `sink ${name}` };
}

/** Part of the configuration that holds a plugin's settings. */
export type PluginSubject = StorageConfig | CredentialConfig | MethodConfig | AuthorizationConfig | SinkConfig;

/** All uses of a configuration that have settings. */
export function usesOf({
  storages,
  credentials,
  authentication,
  authorization,
  sinks,
}: Config): readonly (readonly [PluginSubject, PluginUse])[] {
  return [
    ...[...storages.values()].map((storage) => [storage, useOfStorage(storage)] as const),
    ...[...credentials.values()].map((credential) => [credential, useOfCredential(credential)] as const),
    ...authentication.methods.map((method) => [method, useOfMethod(method)] as const),
    ...(authorization === undefined ? [] : [[authorization, useOfAuthorization(authorization)] as const]),
    ...[...sinks.values()].map((sink) => [sink, useOfSink(sink)] as const),
  ];
}

/** The plugins by whose keys commits are signed. */
export function signaturesOf({ storages }: Config): readonly PluginUse[] {
  return [...storages.values()].filter(({ signature }) => signature.enabled).map(useOfSignature);
}
