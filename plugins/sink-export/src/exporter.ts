import { isDeepStrictEqual } from "node:util";
import { type Logger, type Sink, type SinkSnapshot, VexilError, writeObstacle } from "@vexil/plugin-api";
import { EVENTS } from "./events.js";
import { ExportDirectory } from "./export-directory.js";
import { isPlain } from "./places.js";
import type { Keeping } from "./retired.js";

export interface ExporterOptions {
  readonly path: string;
  readonly keeping: Keeping;
  readonly sink: string;
  readonly logger: Logger;
}

type Options = { readonly signal: AbortSignal };

/** Names that cannot be exported and are told of. */
const MOST_TOLD = 1_000;

/** Has what each environment serves lie as files where a web server finds it under the addresses that clients ask for. */
export class Exporter implements Sink {
  readonly deliverMs = 60_000;
  readonly #options: ExporterOptions;
  readonly #closing = new AbortController();
  /** Names that were told of. */
  readonly #omitted = new Set<string>();
  #directory: ExportDirectory | undefined;
  #working: Promise<unknown> = Promise.resolve();

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  async deliver(): Promise<void> {
    throw unavailable("takes no events");
  }

  publish(
    { environment, storage, default: isDefault, revision, ...more }: SinkSnapshot,
    options: Options,
  ): Promise<void> {
    return this.#alone(options, async (directory, signal) => {
      if (!this.#isPlain({ environment })) return;
      const plain = more.namespaces.filter(({ key }) => this.#isPlain({ environment, namespace: key }));
      const namespaces = await directory.store(plain, signal);
      const exported = { storage, default: isDefault, revision, tree: await directory.plant(namespaces), namespaces };
      if (isDeepStrictEqual(directory.environments[environment], exported)) return;
      await directory.turn({ ...directory.environments, [environment]: exported }, this.#options.keeping);
    });
  }

  retain(wanted: readonly string[], options: Options): Promise<void> {
    return this.#alone(options, async (directory) => {
      const entries = Object.entries(directory.environments);
      const gone = entries.map(([name]) => name).filter((name) => !wanted.includes(name));
      await directory.turn(
        Object.fromEntries(entries.filter(([name]) => wanted.includes(name))),
        this.#options.keeping,
      );
      for (const environment of gone) this.#log("export.removed", { environment });
    });
  }

  async examine(): Promise<string> {
    const { path } = this.#options;
    const obstacle = writeObstacle(path);
    if (obstacle !== undefined) throw unavailable(`cannot be written: ${obstacle.place}: ${obstacle.code}`);
    return `${path} can be written`;
  }

  async close(): Promise<void> {
    this.#closing.abort(unavailable("is closed"));
    await this.#working;
  }

  #alone(options: Options, work: (directory: ExportDirectory, signal: AbortSignal) => Promise<void>): Promise<void> {
    const done = this.#working.then(async () => {
      const signal = AbortSignal.any([options.signal, this.#closing.signal]);
      try {
        signal.throwIfAborted();
        this.#directory ??= await ExportDirectory.open(this.#options.path);
        await work(this.#directory, signal);
      } catch (error) {
        // What lies there counts, and is read again.
        this.#directory = undefined;
        throw unavailable(reasonOf(error), error);
      }
    });
    this.#working = done.catch(() => undefined);
    return done;
  }

  #isPlain(place: { readonly environment: string; readonly namespace?: string }): boolean {
    const name = place.namespace ?? place.environment;
    if (isPlain(name)) return true;
    const key = JSON.stringify(place);
    if (!this.#omitted.has(key) && this.#omitted.size < MOST_TOLD) this.#log("export.omitted", place);
    if (this.#omitted.size < MOST_TOLD) this.#omitted.add(key);
    return false;
  }

  #log(event: keyof typeof EVENTS, fields: Readonly<Record<string, string>>): void {
    const { level, message } = EVENTS[event];
    const { logger, sink } = this.#options;
    logger.log(level, event, message, { sink, ...fields });
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : `cannot be written: ${code}`;
}

function unavailable(what: string, cause?: unknown): VexilError {
  if (VexilError.is(cause)) return cause;
  return new VexilError("VEXIL_UNAVAILABLE_SINK", `the directory of the export ${what}`, { cause });
}
