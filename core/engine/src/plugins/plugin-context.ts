import { AsyncLocalStorage } from "node:async_hooks";
import type { PluginIdentity, PluginStep } from "./plugin-error.js";

/** On whose behalf code runs, so that what escapes a plugin (an exit, a leaked rejection) is attributed to it. */
export interface PluginScope {
  readonly identity: PluginIdentity;
  readonly step: PluginStep;
  /** Where the plugin's package lies, with a slash at its end; undefined before it is resolved. */
  readonly directory: string | undefined;
  /** Called with what escaped the plugin. Must not throw. */
  readonly escaped: (fault: PluginFault) => void;
}

/** Something a plugin did outside the calls it answers. */
export interface PluginFault {
  /** The step that the code which did it was called for, perhaps long ago. */
  readonly step: PluginStep;
  readonly type: "exit" | "rejection" | "exception";
  readonly reason: string;
  readonly error: unknown;
}

const scopes = new AsyncLocalStorage<PluginScope | undefined>();

/** Runs plugin code under its scope; timers and promises it starts inherit it. */
export function runInScope<T>(scope: PluginScope, work: () => T): T {
  return scopes.run(scope, work);
}

/** Runs host code that a plugin calls back outside of the plugin's scope. */
export function runOutsideScope<T>(work: () => T): T {
  return scopes.run(undefined, work);
}

/** The plugin whose code is running now, if any. */
export function currentScope(): PluginScope | undefined {
  return scopes.getStore();
}
