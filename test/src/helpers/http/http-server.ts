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
import { plainConfig } from "./plain-config.js";

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
