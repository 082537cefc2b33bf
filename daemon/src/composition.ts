import "reflect-metadata";
import {
  type Config,
  type Logger,
  loadPlugins,
  pipelineModule,
  snapshotsModule,
  statusModule,
  storagesModule,
  Tokens,
} from "@vexil/core";
import { createContainer, defineModule, type Module, resolve } from "@vexil/core/di";
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
