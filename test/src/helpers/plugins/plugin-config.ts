import type { Config, CredentialConfig, StorageConfig } from "@vexil/config/config";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { NO_SESSIONS } from "../http/no-sessions.js";
import { DEFAULT_LIMITS } from "../http/server-limits.js";

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
  return {
    directory,
    emptyVariables: new Map(),
    file: undefined,
    storages: new Map(storages.map((storage) => [storage.id, storage])),
    environments: new Map(),
    credentials: new Map(credentialList.map((credential) => [credential.id, credential])),
    server: {
      protocol: "http",
      host: "127.0.0.1",
      port: 0,
      certFile: undefined,
      certKey: undefined,
      clientCertificates: undefined,
      strictTransport: undefined,
      allowedHosts: [],
      admin: undefined,
      workers: 1,
      writeQueue: 500,
      shutdownTimeoutMs: 30_000,
      limits: DEFAULT_LIMITS,
      trustedProxies: [],
    },
    log: {
      level: "info",
      encoding: "json",
      file: undefined,
      keys: { time: "time", level: "level", message: "message" },
    },
    cors: { enabled: false, allowedOrigins: [], allowedHeaders: [] },
    authentication: {
      required: false,
      exclude: { evaluation: false, ofrep: false },
      session: NO_SESSIONS,
      methods: [],
    },
    authorization: undefined,
    templates: { commitMessage: undefined },
    evaluation: { includeFlagMetadata: false },
    metrics: { enabled: true, requireAuthentication: false },
    plugins: [],
    pluginDirectory: undefined,
    warnings: [],
    ...rest,
  };
}
