import type { TestsMode } from "@vexil/flags/cases/tests-mode";
import type { Level, Secret } from "@vexil/plugin-api";
import type { AnalyticsConfig } from "./analytics-config.js";
import type { CacheConfig } from "./cache-config.js";
import type { EdgeConfig } from "./edge-config.js";
import type { EmptyVariables } from "./empty-variables.js";
import type { Network } from "./network.js";
import type { SinkConfig } from "./sink-config.js";
import type { StorageConfig } from "./storage-config.js";
import type { UiConfig } from "./ui-config.js";

export type { AnalyticsConfig, PrometheusConfig } from "./analytics-config.js";
export type { CacheConfig } from "./cache-config.js";
export type { EdgeConfig } from "./edge-config.js";
export type { JournalConfig } from "./journal-config.js";
export type { SinkConfig, SinkFilterConfig } from "./sink-config.js";
export type { StorageConfig } from "./storage-config.js";

/** The effective configuration, validated, with defaults, references resolved. Durations are milliseconds. */
export interface Config {
  /** Directory of the configuration file; the working directory when there is none. */
  readonly directory: string;
  /** The file it came from, if any. */
  readonly file: string | undefined;
  /** Values that are empty for want of a variable, for the messages of whoever needs them. */
  readonly emptyVariables: EmptyVariables;
  readonly storages: ReadonlyMap<string, StorageConfig>;
  /** By environment key (`name`). */
  readonly environments: ReadonlyMap<string, EnvironmentConfig>;
  readonly credentials: ReadonlyMap<string, CredentialConfig>;
  /** Undefined: storages and environments are those of the file; else they are the upstream's, and none here. */
  readonly edge?: EdgeConfig | undefined;
  readonly server: ServerConfig;
  readonly log: LogConfig;
  readonly cors: CorsConfig;
  readonly authentication: AuthenticationConfig;
  /** Engine of rights; undefined: who is authenticated may do everything. */
  readonly authorization: AuthorizationConfig | undefined;
  /** By name. */
  readonly sinks: ReadonlyMap<string, SinkConfig>;
  readonly templates: { readonly commitMessage: string | undefined };
  readonly evaluation: { readonly includeFlagMetadata: boolean };
  readonly metrics: { readonly enabled: boolean; readonly requireAuthentication: boolean };
  /** Undefined: evaluations are neither counted nor asked for. */
  readonly analytics?: AnalyticsConfig | undefined;
  readonly cache: CacheConfig;
  /** Signals sent by OpenTelemetry; where to, and all else, environment variables `OTEL_…` say. */
  readonly telemetry: { readonly traces: boolean; readonly metrics: boolean };
  readonly ui: UiConfig;
  readonly plugins: readonly string[];
  readonly pluginDirectory: string | undefined;
  /** Things noticed that do not stop the start: ignored LATER keys, variables that fit no key. Logged at start. */
  readonly warnings: readonly string[];
}

export interface EnvironmentConfig {
  readonly id: string;
  /** The environment key. */
  readonly name: string;
  /** Storage id, lower-cased. */
  readonly storage: string;
  /** Without slashes at its ends; `""`: the root. */
  readonly directory: string;
  readonly default: boolean;
  /** Branch environments below it that are served at most. */
  readonly maxBranches: number;
  /** Consequence of tests beside its flags that fail. */
  readonly tests: TestsMode;
}

export interface CredentialConfig {
  readonly id: string;
  /** The name of a bundled plugin or of another one, or a specifier. */
  readonly type: string;
  /** Input of the plugin's schema, secrets as Secret. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where they stand in the configuration. */
  readonly path: string;
}

export interface ServerConfig {
  readonly protocol: "http" | "https";
  readonly host: string;
  readonly port: number;
  readonly certFile: string | undefined;
  readonly certKey: string | undefined;
  /** Authorities whose clients' certificates count, and whether a connection needs one; undefined: none is asked for. */
  readonly clientCertificates: { readonly caFile: string; readonly required: boolean } | undefined;
  /** Value of `Strict-Transport-Security` on answers over TLS; undefined: there is none. */
  readonly strictTransport: string | undefined;
  /** Names that `Host` may have beside loopback names, when the address listened on is a loopback one. */
  readonly allowedHosts: readonly string[];
  /** Path below which a proxy shows the daemon, `/flags`; `""`: it is at the top. */
  readonly basePath: string;
  /** Where metrics, health and status are answered; undefined: with the rest. */
  readonly admin: { readonly host: string; readonly port: number } | undefined;
  readonly workers: number;
  readonly writeQueue: number;
  readonly shutdownTimeoutMs: number;
  readonly limits: ServerLimits;
  readonly trustedProxies: readonly Network[];
  /** Storages are served to git clients. */
  readonly git: { readonly enabled: boolean };
}

/** Limits that one daemon sets its clients. */
export interface ServerLimits {
  readonly batchItems: number;
  readonly answerBytes: number;
  readonly waitingAnswerBytes: number;
  readonly waitingBodyBytes: number;
  readonly streams: number;
  readonly streamsPerClient: number;
  readonly connectionsPerAddress: number;
  /** 0: any number. */
  readonly requestsPerSecond: number;
}

export interface LogConfig {
  readonly level: Level;
  readonly encoding: "json" | "console" | undefined;
  readonly file: string | undefined;
  readonly keys: { readonly time: string; readonly level: string; readonly message: string };
  /** Of lines alike so many (`lines`) are written in an interval, and the others counted; undefined: all are written. */
  readonly sampling?: { readonly lines: number; readonly intervalMs: number } | undefined;
}

export interface CorsConfig {
  readonly enabled: boolean;
  readonly allowedOrigins: readonly string[];
  readonly allowedHeaders: readonly string[];
}

export interface AuthenticationConfig {
  readonly required: boolean;
  readonly exclude: { readonly evaluation: boolean; readonly ofrep: boolean };
  readonly session: SessionConfig;
  /** Enabled methods that a plugin brings. */
  readonly methods: readonly MethodConfig[];
}

/** Sessions that begin with a login. */
export interface SessionConfig {
  /** Of the cookies, a host's name; `""`: that of the request. */
  readonly domain: string;
  readonly secure: boolean;
  readonly tokenLifeMs: number;
  readonly stateLifeMs: number;
  /** Text that the key of sessions is made of; undefined: one is made. */
  readonly key: Secret | undefined;
  readonly trustedOrigins: readonly string[];
  /** Undefined: no Redis tells which sessions were ended. */
  readonly redis: RedisConfig | undefined;
}

/** A Redis by which daemons tell each other which sessions were ended. */
export interface RedisConfig {
  readonly isCluster: boolean;
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  /** Undefined: in plain text. */
  readonly tls:
    | {
        readonly caPath: string | undefined;
        /** PEM. */
        readonly ca: string | undefined;
        readonly isUnchecked: boolean;
      }
    | undefined;
  /** Of all keys. */
  readonly prefix: string;
  /** Time for an answer. */
  readonly timeoutMs: number;
}

/** A method of authentication that is enabled. */
export interface MethodConfig {
  /** Its key under `authentication.methods`, which names the plugin. */
  readonly method: string;
  /** Input of the plugin's schema, secrets as Secret. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where they stand in the configuration. */
  readonly path: string;
}

/** Where a file of policies lies. */
export interface PolicyPlace {
  /** Storage id, lower-cased. */
  readonly storage: string;
  /** Seen from the root of its branch. */
  readonly path: string;
}

export interface AuthorizationConfig {
  /** The name of a bundled plugin or of another one, or a specifier. */
  readonly type: string;
  /** Input of the plugin's schema, secrets as Secret. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where they stand in the configuration. */
  readonly path: string;
  /** Further settings that a repository has; undefined: there are none. */
  readonly policies?: PolicyPlace | undefined;
}
