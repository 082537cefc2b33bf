import type { Logger } from "@vexil/plugin-api";
import type { Clock } from "../model/clock.js";
import type { PluginDeadlines } from "./deadlines.js";
import type { GuardScope } from "./guard-scope.js";
import { type LoadedPlugin, loadPlugin } from "./load-plugin.js";
import type { PluginFault, PluginScope } from "./plugin-context.js";
import { pluginError } from "./plugin-error.js";
import { rememberScope } from "./process-guard.js";
import {
  isSpecifier,
  type PluginKind,
  type PluginPlaces,
  type ResolvedPlugin,
  resolvePlugin,
} from "./resolve-plugin.js";

/** The loaded plugins by kind and type, each loaded once, and who answers for what escapes them. */
export class PluginSet {
  readonly #places: PluginPlaces;
  readonly #logger: Logger;
  readonly #deadlines: PluginDeadlines;
  readonly #clock: Clock;
  readonly #loaded = new Map<string, Promise<LoadedPlugin>>();
  readonly #guards = new Map<string, Set<GuardScope>>();
  readonly #forget: (() => void)[] = [];

  constructor(places: PluginPlaces, logger: Logger, deadlines: PluginDeadlines, clock: Clock) {
    this.#places = places;
    this.#logger = logger;
    this.#deadlines = deadlines;
    this.#clock = clock;
  }

  load(kind: PluginKind, type: string): Promise<LoadedPlugin> {
    const key = keyOf(kind, type);
    const known = this.#loaded.get(key);
    if (known !== undefined) return known;
    const loading = this.#import(kind, type, kind);
    this.#loaded.set(key, loading);
    return loading;
  }

  /** Loads an entry of `plugins:`; from then its name is a `type`. */
  async provide(specifier: string): Promise<LoadedPlugin> {
    const loaded = await this.#import("backend", specifier, undefined);
    const { plugin, source } = loaded;
    const key = keyOf(plugin.kind, plugin.name);
    if (this.#loaded.has(key)) {
      const identity = { plugin: plugin.name, package: source.package };
      const reason = `another entry of plugins has the same name as ${specifier}`;
      throw pluginError("check", identity, reason, { advice: "remove one of them" });
    }
    this.#loaded.set(key, Promise.resolve(loaded));
    return loaded;
  }

  /** Tells who answers for what escapes a plugin when its asynchronous context is lost. */
  answerFor(loaded: LoadedPlugin, guard: GuardScope): void {
    const guards = this.#guards.get(loaded.source.file) ?? new Set();
    this.#guards.set(loaded.source.file, guards.add(guard));
  }

  /** Takes back {@link answerFor}: what the guard was for was never made, or is closed. */
  dismiss(loaded: LoadedPlugin, guard: GuardScope): void {
    const { file } = loaded.source;
    const guards = this.#guards.get(file);
    guards?.delete(guard);
    // What escapes a plugin that nothing uses is still told.
    if (guards?.size === 0) this.#guards.delete(file);
  }

  escaped(source: ResolvedPlugin, type: string, fault: PluginFault): void {
    const guards = this.#guards.get(source.file);
    for (const guard of guards ?? []) guard.escaped({ ...fault, step: "use" });
    if (guards !== undefined) return;
    const { message, code } = pluginError(fault.step, { plugin: type, package: source.package }, fault.reason);
    this.#logger.log("error", "plugin.failed", "a plugin failed", { code, error: message });
  }

  close(): void {
    for (const forget of this.#forget.splice(0)) forget();
  }

  async #import(places: PluginKind, type: string, kind: PluginKind | undefined): Promise<LoadedPlugin> {
    const source = resolvePlugin(places, type, this.#places);
    const escaped = (fault: PluginFault): void => this.escaped(source, type, fault);
    const { directory, package: name, version } = source;
    const scope: PluginScope = { identity: { plugin: type, package: name }, step: "load", directory, escaped };
    this.#forget.push(rememberScope(scope, () => this.#guards.has(source.file)));
    const loaded = await loadPlugin(source, { type, kind, escaped, deadlines: this.#deadlines, clock: this.#clock });
    const fields = { plugin: loaded.plugin.name, kind: loaded.plugin.kind, package: name, version };
    this.#logger.log("info", "plugin.loaded", "a plugin was loaded", fields);
    return loaded;
  }
}

function keyOf(kind: PluginKind, type: string): string {
  return `${kind} ${isSpecifier(type) ? type : type.replaceAll("_", "-")}`;
}
