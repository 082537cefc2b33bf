export * from "./config/config.js";
export { formatPath } from "./config/config-tree.js";
export { explain } from "./config/explain.js";
export { parseTemplate } from "./config/go-template.js";
export { configJsonSchema } from "./config/json-schema.js";
export { loadServerAddress, type ServerAddress } from "./config/load-address.js";
export { loadConfig, readConfig } from "./config/load-config.js";
export type { Network } from "./config/network.js";
export * from "./config/same-settings.js";
export { parseDuration } from "./contract/duration.js";
export * from "./contract/index.js";
export * from "./errors/to-vexil-error.js";
export * from "./evaluation/boolean.js";
export * from "./evaluation/context.js";
export * from "./evaluation/reason.js";
export * from "./evaluation/variant.js";
export * from "./features/document.js";
export { comparePaths, isFeaturesPath, isWantedPath, SETTINGS_NAMES } from "./features/feature-paths.js";
export * from "./features/inspected-file.js";
export * from "./features/parse.js";
export * from "./git/remote.js";
export * from "./git/repository.js";
export * from "./git/repository-view.js";
export {
  CATALOGUE_VERSION,
  COMMON_FIELDS,
  EVENTS,
  type EventFields,
  type EventName,
  logEvent,
} from "./log/catalogue.js";
export { isReadable } from "./log/destination.js";
export { LEVELS, levelNamed } from "./log/levels.js";
export { createLogger, type RootLogger } from "./log/logger.js";
export { pretty } from "./log/pretty.js";
export * from "./pipeline/clock.js";
export * from "./pipeline/engine.js";
export * from "./pipeline/events.js";
export * from "./pipeline/flag-engine.js";
export * from "./pipeline/module.js";
export * from "./pipeline/pipeline.js";
export * from "./pipeline/storage-keeper.js";
export { type LoadedPlugin, loadPlugin } from "./plugins/load-plugin.js";
export { type PluginFault, runInScope } from "./plugins/plugin-context.js";
export * from "./plugins/plugin-registry.js";
export { guardProcess, rememberScope } from "./plugins/process-guard.js";
export { type PluginKind, resolvePlugin } from "./plugins/resolve-plugin.js";
export * from "./snapshots/create-snapshot-builder.js";
export * from "./snapshots/environment.js";
export * from "./snapshots/module.js";
export { shortestFloat } from "./snapshots/shortest-float.js";
export * from "./snapshots/snapshot.js";
export * from "./snapshots/snapshot-builder.js";
export * from "./snapshots/snapshot-store.js";
export * from "./status/log-events.js";
export * from "./status/module.js";
export * from "./status/status-board.js";
export * from "./status/storage-status.js";
export * from "./storages/missing-branch.js";
export * from "./storages/missing-directory.js";
export * from "./storages/module.js";
export { openStorageRemote } from "./storages/storage-remote.js";
export * from "./storages/storages.js";
export * from "./tokens.js";
export * from "./writes/change.js";
