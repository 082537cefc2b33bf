import { join } from "node:path";
import type { CacheConfig, Config } from "@vexil/config/config";
import { AnswersToken } from "@vexil/engine/answers";
import { defineModule, type Module } from "@vexil/engine/di/module";
import { rootScope, ScopeToken } from "@vexil/engine/di/scope";
import { LoggerToken, ParsedStoreToken, SnapshotBuilderToken } from "@vexil/engine/di/tokens";
import { ClockToken } from "@vexil/engine/model/clock";
import { EventLogToken } from "@vexil/engine/observe/log-events";
import { statusModule } from "@vexil/engine/observe/observe-module";
import { StatusBoardToken } from "@vexil/engine/observe/status-board";
import { pipelineModule } from "@vexil/engine/pipeline-module";
import { type Generation, openGeneration } from "@vexil/engine/plugins/generation";
import { PluginRegistryToken } from "@vexil/engine/plugins/plugin-registry";
import { SnapshotStoreToken } from "@vexil/engine/storage/state/snapshot-store";
import { snapshotsModule } from "@vexil/engine/storage/state/snapshots-module";
import { StoragesToken } from "@vexil/engine/storage/storages";
import { storagesModule } from "@vexil/engine/storage/storages-module";
import { SealKeysToken } from "@vexil/engine/storage/write/seal-keys";
import { StorageManagerToken } from "@vexil/engine/storage-manager";
import { StorageStreamsToken } from "@vexil/engine/storage-streams";
import type { Logger } from "@vexil/plugin-api";
import { CommitKeys } from "./access/commit-keys.js";
import { CACHE_KEY, keptKey, type StateDirectory, stateDirectory } from "./access/sessions/state-directory.js";
import { ParseCache } from "./cache/parse-cache.js";
import { Daemon } from "./daemon.js";
import { DaemonTokens } from "./daemon-tokens.js";
import { EdgeRole } from "./edge/edge-role.js";
import type { Telemetry } from "./telemetry/telemetry.js";

const daemonModule = defineModule((bind) => {
  bind.factory(
    DaemonTokens.DaemonParts,
    [
      ScopeToken,
      LoggerToken,
      ClockToken,
      StoragesToken,
      SnapshotBuilderToken,
      SnapshotStoreToken,
      StorageStreamsToken,
      AnswersToken,
      StatusBoardToken,
      EventLogToken,
      StorageManagerToken,
    ],
    (scope, logger, clock, storages, builder, snapshots, streams, answers, status, eventLog, manager) => ({
      openGeneration: (config) =>
        openGeneration(scope, config, logger, { bundledFrom: new URL(import.meta.url), clock }),
      logger,
      clock,
      storages,
      builder,
      snapshots,
      streams,
      answers,
      status,
      eventLog,
      manager,
    }),
  );
});

function directoryOf(config: Config): string {
  return stateDirectory(process.env, config.file ?? config.directory);
}

/** A daemon that keeps nothing durable makes no key of sessions that lasts either. */
async function keptDirectory({ config, scope }: Generation): Promise<StateDirectory> {
  const plugins = await scope.get(PluginRegistryToken);
  const ids = [...config.storages.keys()];
  // An edge may know of no storages yet.
  const isDurable = config.edge?.path !== undefined || ids.some((id) => plugins.capabilities(id).durable);
  return { path: directoryOf(config), isDurable };
}

function openCache(cache: ParseCache, config: CacheConfig, { path, isDurable }: StateDirectory): void {
  if (!(config.enabled ?? isDurable)) return;
  const directory = config.path ?? join(path, "cache");
  cache.open({ directory, bytes: config.bytes, key: () => keptKey(path, CACHE_KEY) });
}

/**
 * The only place that makes the container of the process and asks it. What belongs to a configuration, a storage or a
 * credential is in scopes below it, so that nothing in it is stale after a reload. `modules` come last, so that a test
 * may replace a binding.
 */
export async function compose(
  config: Config,
  logger: Logger,
  telemetry?: Telemetry,
  ...modules: readonly Module[]
): Promise<Daemon> {
  const commitKeys = new CommitKeys(directoryOf(config), logger);
  const cache = new ParseCache(logger);
  const scope = rootScope(
    defineModule((bind) => {
      bind.value(LoggerToken, logger);
      bind.value(SealKeysToken, commitKeys);
      bind.value(ParsedStoreToken, cache);
    }),
    snapshotsModule,
    storagesModule,
    statusModule,
    pipelineModule,
    daemonModule,
    ...modules,
  );
  const parts = await scope.get(DaemonTokens.DaemonParts);
  const edge = new EdgeRole(logger);
  const prepared = await edge.prepare(config);
  const generation = await parts.openGeneration(prepared.config);
  await prepared.take();
  const stateDirectory = await keptDirectory(generation);
  openCache(cache, prepared.config.cache, stateDirectory);
  return new Daemon({ ...parts, commitKeys, stateDirectory, telemetry, edge }, generation);
}
