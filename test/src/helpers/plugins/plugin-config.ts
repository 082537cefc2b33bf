import type { Config, CredentialConfig, StorageConfig } from "@vexil/config/config";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { plainConfig } from "../http/plain-config.js";

/** A storage with the defaults of the configuration, for tests that load plugins themselves. */
export function storageConfig(
  type: string,
  settings: Readonly<Record<string, unknown>> = {},
  other: Partial<StorageConfig> = {},
): StorageConfig {
  return {
    id: "main",
    remote: undefined,
    branch: "main",
    backend: { type, settings },
    pollIntervalMs: 30_000,
    fetchPolicy: "strict",
    credentials: undefined,
    caCertPath: undefined,
    caCertBytes: undefined,
    insecureSkipTls: false,
    readOnly: false,
    timeouts: { connectMs: 60_000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 120_000, pushMs: 120_000 },
    limits: { ...DEFAULT_FEATURE_LIMITS, packBytes: 512e6, historyDepth: 200 },
    signature: {
      name: "flipt",
      email: "flipt[bot]@noreply.flipt.io",
      enabled: false,
      type: undefined,
      keyPath: undefined,
      key: undefined,
    },
    webhook: undefined,
    ...other,
  };
}

/** A configuration of these storages and credentials, as seen from `directory`. */
export function pluginConfig(
  directory: string,
  storages: readonly StorageConfig[],
  other: Partial<Config> & { readonly credentialList?: readonly CredentialConfig[] } = {},
): Config {
  const { credentialList = [], ...rest } = other;
  return plainConfig({
    directory,
    storages: new Map(storages.map((storage) => [storage.id, storage])),
    credentials: new Map(credentialList.map((credential) => [credential.id, credential])),
    ...rest,
  });
}
