import { setMaxListeners } from "node:events";
import { join } from "node:path";
import type { Config } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { Logger } from "@vexil/plugin-api";
import type { Clock } from "../model/clock.js";
import type { SinkReader, SinkStatus } from "../model/sink-status.js";
import type { SnapshotReader } from "../model/snapshot-reader.js";
import type { StatusReader } from "../model/storage-status.js";
import type { PluginRegistry } from "../plugins/plugin-registry.js";
import type { Storages } from "../storage/storages.js";
import type { StorageStreams } from "../storage-streams.js";
import { limited } from "./limited.js";
import { SinkRun } from "./sink-run.js";

/** States of the past that sinks have built at the same time, all together. */
const BUILDS = 2;

/** Parts of the sinks of a daemon. */
export interface SinksParts {
  readonly storages: Storages;
  readonly streams: StorageStreams;
  readonly snapshots: SnapshotReader;
  readonly status: StatusReader;
  /** Directory for what a daemon keeps. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sinks that are made, and not used yet. */
export interface PreparedSinks {
  /** Ends those that are no more, and lets these begin. */
  take(): Promise<void>;
  /** Closes what was made: nothing comes of it. */
  drop(): Promise<void>;
}

/** The sinks of a configuration, running. A reload leaves those alone that stay equal. */
export class Sinks implements SinkReader {
  readonly #parts: SinksParts;
  readonly #turn = limited(BUILDS);
  #runs = new Map<string, SinkRun>();
  #needsProof = true;

  constructor(parts: SinksParts) {
    this.#parts = parts;
  }

  statuses(): readonly SinkStatus[] {
    return [...this.#runs.values()].map((run) => run.status());
  }

  /**
   * Makes the sinks of a configuration that are not running.
   * @throws VexilError of kind plugin
   */
  async prepare(config: Config, plugins: PluginRegistry): Promise<PreparedSinks> {
    const wanted = [...config.sinks.values()];
    const fresh = wanted.filter((sink) => !sameSettings(sink, this.#runs.get(sink.name)?.config));
    const outcomes = await Promise.allSettled(fresh.map((sink) => plugins.createSink(sink, config)));
    const made = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    const drop = async (): Promise<void> => {
      await Promise.all(made.map(({ sink }) => sink.close()));
    };
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) {
      await drop();
      throw failed.reason;
    }
    const isDurable = (storage: string): boolean => plugins.capabilities(storage).durable;
    const directory = join(this.#parts.directory, "sinks");
    const besides = { directory, isDurable, turn: this.#turn, needsProof: () => this.#needsProof };
    const begin = fresh.map((sink, index) => {
      const guarded = made[index];
      if (guarded === undefined) throw new Error(`sink ${sink.name} was not made`);
      return new SinkRun({ ...this.#parts, ...besides, config: sink, made: guarded });
    });
    const take = (): Promise<void> => {
      this.#needsProof = config.authentication.required;
      return this.#take(new Set(config.sinks.keys()), begin);
    };
    return { take, drop };
  }

  /** Ends all; what is under way has its time, until the signal aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    await this.#end([...this.#runs.values()], signal);
  }

  async #end(runs: readonly SinkRun[], signal: AbortSignal): Promise<void> {
    // Each of any number of sinks listens to it.
    setMaxListeners(0, signal);
    await Promise.all(runs.map((run) => run.stop(signal)));
  }

  async #take(wanted: ReadonlySet<string>, begin: readonly SinkRun[]): Promise<void> {
    const { signal } = new AbortController();
    const replaced = new Set(begin.map(({ config }) => config.name));
    const ending = [...this.#runs].filter(([name]) => !wanted.has(name) || replaced.has(name));
    // Two must not work on one target at the same time.
    await this.#end(
      ending.map(([, run]) => run),
      signal,
    );
    for (const [name] of ending) this.#runs.delete(name);
    for (const run of begin) {
      this.#runs.set(run.config.name, run);
      run.start();
    }
  }
}
