import type { Config } from "@vexil/config/config";
import { AnswersToken } from "@vexil/engine/answers";
import { createContainer, defineModule, type Module, resolve } from "@vexil/engine/di/module";
import { ConfigToken, LoggerToken, SnapshotBuilderToken } from "@vexil/engine/di/tokens";
import { ClockToken } from "@vexil/engine/model/clock";
import { pipelineModule } from "@vexil/engine/module";
import { EventLogToken } from "@vexil/engine/observe/log-events";
import { statusModule } from "@vexil/engine/observe/module";
import { StatusBoardToken } from "@vexil/engine/observe/status-board";
import { loadPlugins, PluginRegistryToken } from "@vexil/engine/plugins/plugin-registry";
import { storagesModule } from "@vexil/engine/storage/module";
import { SnapshotStoreToken } from "@vexil/engine/storage/state/snapshot-store";
import { snapshotsModule } from "@vexil/engine/storage/state/snapshots-module";
import { StoragesToken } from "@vexil/engine/storage/storages";
import { StorageKeeperToken } from "@vexil/engine/storage-keeper";
import { StorageStreamsToken } from "@vexil/engine/storage-streams";
import type { Logger } from "@vexil/plugin-api";
import { Daemon } from "./daemon.js";
import { DaemonTokens } from "./daemon-tokens.js";

const daemonModule = defineModule((bind) => {
  bind.factory(PluginRegistryToken, [ConfigToken, LoggerToken], (config, logger) =>
    loadPlugins(config, logger, { bundledFrom: new URL(import.meta.url) }),
  );
  bind.factory(
    DaemonTokens.Daemon,
    [
      ConfigToken,
      LoggerToken,
      ClockToken,
      PluginRegistryToken,
      StoragesToken,
      SnapshotBuilderToken,
      SnapshotStoreToken,
      StorageStreamsToken,
      AnswersToken,
      StatusBoardToken,
      EventLogToken,
      StorageKeeperToken,
    ],
    (config, logger, clock, plugins, storages, builder, snapshots, streams, answers, status, eventLog, keeper) =>
      new Daemon({
        config,
        logger,
        clock,
        plugins,
        storages,
        builder,
        snapshots,
        streams,
        answers,
        status,
        eventLog,
        keeper,
      }),
  );
});

/** The only place that makes a container and asks it. `modules` come last, so that a test may replace a binding. */
export async function compose(config: Config, logger: Logger, ...modules: readonly Module[]): Promise<Daemon> {
  const container = createContainer(
    defineModule((bind) => {
      bind.value(ConfigToken, config);
      bind.value(LoggerToken, logger);
    }),
    snapshotsModule,
    storagesModule,
    statusModule,
    pipelineModule,
    daemonModule,
    ...modules,
  );
  return resolve(container, DaemonTokens.Daemon);
}
