import type { Config } from "@vexil/config/config";
import { NO_SESSIONS } from "./no-sessions.js";
import { DEFAULT_LIMITS } from "./server-limits.js";

/** A configuration with defaults everywhere: one memory storage, one environment, no authentication, any free port. */
export function plainConfig(changes: Partial<Config> = {}): Config {
  return {
    directory: "/",
    file: undefined,
    emptyVariables: new Map(),
    storages: new Map(),
    environments: new Map(),
    credentials: new Map(),
    server: {
      protocol: "http",
      host: "127.0.0.1",
      port: 0,
      certFile: undefined,
      certKey: undefined,
      clientCertificates: undefined,
      strictTransport: undefined,
      allowedHosts: [],
      basePath: "",
      admin: undefined,
      workers: 1,
      writeQueue: 500,
      shutdownTimeoutMs: 200,
      limits: DEFAULT_LIMITS,
      trustedProxies: [],
      git: { enabled: true },
    },
    log: {
      level: "info",
      encoding: "json",
      file: undefined,
      keys: { time: "time", level: "level", message: "message" },
    },
    cache: { enabled: false, path: undefined, bytes: 0 },
    cors: { enabled: false, allowedOrigins: ["*"], allowedHeaders: [] },
    authentication: {
      required: false,
      exclude: { evaluation: false, ofrep: false },
      session: NO_SESSIONS,
      methods: [],
    },
    authorization: undefined,
    sinks: new Map(),
    templates: { commitMessage: undefined },
    evaluation: { includeFlagMetadata: false },
    metrics: { enabled: true, requireAuthentication: false },
    telemetry: { traces: false, metrics: false },
    ui: { enabled: true, defaultTheme: "system", topbarColor: "", topbarLabel: "" },
    plugins: [],
    pluginDirectory: undefined,
    warnings: [],
    ...changes,
  };
}
