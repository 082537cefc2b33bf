import type { SinkReader, SinkStatus } from "@vexil/engine/model/sink-status";
import type { Generation } from "@vexil/engine/plugins/generation";
import { PluginRegistryToken } from "@vexil/engine/plugins/plugin-registry";
import type { PreparedSinks, Sinks, SinksParts } from "@vexil/engine/sinks/sinks";

const NONE: PreparedSinks = { take: async () => undefined, drop: async () => undefined };

/** The sinks of a daemon. Where none is configured, nothing of them is loaded. */
export class RunningSinks implements SinkReader {
  readonly #parts: SinksParts;
  #sinks: Sinks | undefined;

  constructor(parts: SinksParts) {
    this.#parts = parts;
  }

  /**
   * Makes the sinks of a configuration.
   * @throws VexilError of kind plugin
   */
  async prepare({ config, scope }: Generation): Promise<PreparedSinks> {
    if (this.#sinks === undefined && config.sinks.size === 0) return NONE;
    const { Sinks } = await import("@vexil/engine/sinks/sinks");
    this.#sinks ??= new Sinks(this.#parts);
    return this.#sinks.prepare(config, await scope.get(PluginRegistryToken));
  }

  statuses(): readonly SinkStatus[] {
    return this.#sinks?.statuses() ?? [];
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#sinks?.stop(signal);
  }
}
