import { type EmptyVariables, namingVariables } from "@vexil/config/empty-variables";
import type { Logger } from "@vexil/plugin-api";
import type { Clock } from "../model/clock.js";
import type { PluginDeadlines } from "./deadlines.js";
import { GuardScope } from "./guard-scope.js";
import { listedPlugin } from "./listed-plugin.js";
import type { LoadedPlugin } from "./load-plugin.js";
import type { PluginScope } from "./plugin-context.js";
import type { PluginSet } from "./plugin-set.js";
import type { PluginSubject, PluginUse } from "./plugin-use.js";
import type { ListedPlugin } from "./registry-contract.js";
import { validateSettings } from "./validate-settings.js";

/** A loaded plugin, and settings that its schema has taken. */
interface Prepared {
  readonly loaded: LoadedPlugin;
  readonly settings: unknown;
}

/** A plugin with the guard that one use of it goes through. */
export interface GuardedPlugin<P> {
  readonly plugin: P;
  readonly guard: GuardScope;
  readonly logger: Logger;
  /** Makes something of the plugin. It may fail again and again: nothing is kept of what cannot be made. */
  make<T>(work: () => Promise<T>): Promise<T>;
  /** Forgets the guard. */
  dismiss(): void;
}

/** Parts of the host that each guard works with. */
interface Host {
  readonly logger: Logger;
  readonly deadlines: PluginDeadlines;
  readonly clock: Clock;
  readonly emptyVariables: EmptyVariables;
  /** Called once what a guard stands before is closed. */
  readonly closed: (guard: GuardScope) => void;
}

/** The plugins of a configuration, each loaded and its settings validated once for each use. */
export class PreparedPlugins {
  readonly listed: ListedPlugin[] = [];
  readonly #plugins: PluginSet;
  readonly #host: Host;
  readonly #prepared = new Map<PluginSubject, Prepared>();

  constructor(plugins: PluginSet, host: Host) {
    this.#plugins = plugins;
    this.#host = host;
  }

  /** Loads the plugin of a use and validates its settings, once. */
  async prepare(subject: PluginSubject, use: PluginUse): Promise<Prepared> {
    const known = this.#prepared.get(subject);
    if (known !== undefined) return known;
    const loaded = await this.#plugins.load(use.kind, use.type);
    const { plugin, source } = loaded;
    const scope: PluginScope = {
      identity: { plugin: plugin.name, package: source.package, owner: use.owner },
      step: "validate",
      directory: source.directory,
      escaped: (fault) => this.#plugins.escaped(source, use.type, fault),
    };
    const { deadlines, clock } = this.#host;
    const settings = await this.#explained(use, () =>
      validateSettings(plugin, use.settings, use.path, scope, deadlines, clock),
    );
    const prepared = { loaded, settings };
    this.#prepared.set(subject, prepared);
    this.listed.push(listedPlugin(loaded, use));
    return prepared;
  }

  /** Prepares a plugin and puts a guard before it. */
  async use<P extends LoadedPlugin["plugin"]>(
    subject: PluginSubject,
    use: PluginUse,
    fields: Readonly<Record<string, string>>,
  ): Promise<GuardedPlugin<P>> {
    return this.guarded(await this.prepare(subject, use), use, fields);
  }

  /**
   * Puts a guard before a plugin.
   * @param fields of its log lines
   */
  guarded<P extends LoadedPlugin["plugin"]>(
    { loaded, settings }: Prepared,
    use: PluginUse,
    fields: Readonly<Record<string, string>>,
  ): GuardedPlugin<P> {
    const { plugin, source } = loaded;
    const { deadlines, clock, closed } = this.#host;
    const logger = this.#host.logger.child({ ...fields, plugin: plugin.name });
    const guard: GuardScope = new GuardScope({
      identity: { plugin: plugin.name, package: source.package, owner: use.owner },
      directory: source.directory,
      settings,
      logger,
      deadlines,
      clock,
      closed: () => {
        closed(guard);
        dismiss();
      },
    });
    const dismiss = (): void => this.#plugins.dismiss(loaded, guard);
    this.#plugins.answerFor(loaded, guard);
    const make = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await this.#explained(use, work);
      } catch (error) {
        dismiss();
        throw error;
      }
    };
    return { plugin: plugin as P, guard, logger, make, dismiss };
  }

  /** Adds the variables that are not set to an error: a plugin may find something missing for want of one. */
  async #explained<T>({ path }: PluginUse, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw namingVariables(error, this.#host.emptyVariables, path);
    }
  }
}
