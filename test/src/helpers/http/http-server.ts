import type { Config } from "@vexil/config/config";
import type { Engine } from "@vexil/engine/model/engine";
import type { StatusReader, StorageStatus } from "@vexil/engine/model/storage-status";
import { SnapshotStore } from "@vexil/engine/storage/state/snapshot-store";
import type { Logger } from "@vexil/plugin-api";
import type { ExecutionContext } from "ava";
import { NEVER } from "rxjs";
import type { HttpServer, HttpServerOptions } from "../../../../daemon/dist/http/serve-in-process.js";
import { startServing } from "../../../../daemon/dist/workers/start-serving.js";
import { openAuthentication } from "./authentication.js";
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
      admin: undefined,
      workers: 1,
      writeQueue: 500,
      shutdownTimeoutMs: 200,
      limits: DEFAULT_LIMITS,
      trustedProxies: [],
    },
    log: {
      level: "info",
      encoding: "json",
      file: undefined,
      keys: { time: "time", level: "level", message: "message" },
    },
    cors: { enabled: false, allowedOrigins: ["*"], allowedHeaders: [] },
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
    ...changes,
  };
}

export const silentLogger: Logger = { log: () => {}, child: () => silentLogger };

export interface TestServer {
  readonly url: string;
  readonly snapshots: SnapshotStore;
  readonly storages: StorageStatus[];
  readonly server: HttpServer;
}

/** A running server over snapshots that the test publishes; closed when the test ends. */
export async function startTestServer(
  t: ExecutionContext,
  options: HttpServerOptions & {
    readonly config?: Partial<Config>;
    /** Parts of the configuration's `server`. */
    readonly serverConfig?: Partial<Config["server"]>;
    readonly engine?: Partial<Engine>;
    readonly logger?: Logger;
  } = {},
): Promise<TestServer> {
  const snapshots = new SnapshotStore();
  snapshots.declare({
    key: "default",
    storage: "default",
    default: true,
    branch: "main",
    directory: "",
    remote: undefined,
    base: undefined,
  });
  const storages: StorageStatus[] = [];
  const status: StatusReader = {
    storages: () => storages,
    summaries: () => storages,
    startedAt: Date.now(),
    changes$: NEVER,
  };
  const plain = plainConfig(options.config);
  const config = { ...plain, server: { ...plain.server, ...options.serverConfig } };
  const { authentication, close } = await openAuthentication(config, options.logger ?? silentLogger);
  const server = await startServing(
    {
      config,
      authentication,
      snapshots,
      status,
      engine: { sources: unsourced, ...options.engine } as Engine,
      logger: options.logger ?? silentLogger,
    },
    options,
  );
  t.teardown(async () => {
    await server.close();
    await close();
  });
  return { url: server.url, snapshots, storages, server };
}

/** Sources where there is no history: the files alone. */
const unsourced: Engine["sources"] = async ({ items }) => items.map(({ file }) => ({ file }));
