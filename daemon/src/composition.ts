import "reflect-metadata";
import type { Config } from "@vexil/config/config";
import { createContainer, defineModule, type Module, resolve } from "@vexil/engine/di/module";
import { pipelineModule } from "@vexil/engine/module";
import { statusModule } from "@vexil/engine/observe/module";
import { loadPlugins } from "@vexil/engine/plugins/plugin-registry";
import { storagesModule } from "@vexil/engine/storage/module";
import { snapshotsModule } from "@vexil/engine/storage/state/snapshots-module";
import { Tokens } from "@vexil/engine/tokens";
import type { Logger } from "@vexil/plugin-api";
import { Daemon } from "./daemon.js";
import { DaemonTokens } from "./daemon-tokens.js";

const daemonModule = defineModule((bind) => {
  bind.factory(Tokens.Plugins, [Tokens.Config, Tokens.Logger], (config, logger) =>
    loadPlugins(config, logger, { bundledFrom: new URL(import.meta.url) }),
  );
  bind.factory(
    DaemonTokens.Daemon,
    [
      Tokens.Config,
      Tokens.Logger,
      Tokens.Clock,
      Tokens.Plugins,
      Tokens.Storages,
      Tokens.SnapshotBuilder,
      Tokens.Snapshots,
      Tokens.Pipeline,
      Tokens.Status,
      Tokens.EventLog,
      Tokens.StorageKeeper,
    ],
    (config, logger, clock, plugins, storages, builder, snapshots, pipeline, status, eventLog, keeper) =>
      new Daemon({ config, logger, clock, plugins, storages, builder, snapshots, pipeline, status, eventLog, keeper }),
  );
});

/** The only place that makes a container and asks it. `modules` come last, so that a test may replace a binding. */
export async function compose(config: Config, logger: Logger, ...modules: readonly Module[]): Promise<Daemon> {
  const container = createContainer(
    defineModule((bind) => {
      bind.value(Tokens.Config, config);
      bind.value(Tokens.Logger, logger);
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
