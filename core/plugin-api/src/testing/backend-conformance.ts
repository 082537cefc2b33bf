import type { BackendPlugin } from "../plugin.js";
import type { ConformanceRun } from "./backend-session.js";
import { contentionCases } from "./cases/contention-cases.js";
import { declarationCases } from "./cases/declaration-cases.js";
import { lifeCases } from "./cases/life-cases.js";
import { objectCases } from "./cases/object-cases.js";
import { pruneCases } from "./cases/prune-cases.js";
import { refCases } from "./cases/ref-cases.js";
import { shallowCases } from "./cases/shallow-cases.js";
import { sharingCases } from "./cases/sharing-cases.js";
import { wholeCases } from "./cases/whole-cases.js";
import type { ConformanceCase } from "./conformance-case.js";
import { RecordingLogger } from "./recording-logger.js";

export interface ConformanceOptions {
  /** The plugin's main file, for the cases that need a second process. */
  readonly module?: string | URL;
  /** Texts that must not be seen in any log, beside the Secrets of the settings. */
  readonly secrets?: readonly string[];
}

/** Settings of one case; `teardown` takes what removes what they stand for (a directory, a schema). */
export type SettingsForCase = (scope: { teardown(undo: () => unknown): void }) => unknown;

/**
 * What every storage backend must do, as cases for any test runner.
 * @param settings as the configuration gives them; or a function that gives fresh ones for each case. With the same
 * settings for all cases, the cases share what is stored and keep out of each other's way.
 * @example
 * for (const { title, run } of backendConformance(plugin, {})) test(title, run);
 */
export function backendConformance(
  plugin: BackendPlugin,
  settings: Readonly<Record<string, unknown>> | SettingsForCase = {},
  options: ConformanceOptions = {},
): readonly ConformanceCase[] {
  const run: ConformanceRun = {
    plugin,
    settings: typeof settings === "function" ? settings : () => settings,
    module: options.module === undefined ? undefined : String(options.module),
    logger: new RecordingLogger(),
    secrets: new Set(options.secrets),
  };
  return [
    ...declarationCases(run),
    ...objectCases(run),
    ...refCases(run),
    ...shallowCases(run),
    ...pruneCases(run),
    ...lifeCases(run),
    ...contentionCases(run),
    ...sharingCases(run),
    ...wholeCases(run),
  ];
}
