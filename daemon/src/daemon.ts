import type { Config } from "@vexil/config/config";
import { FlagEngine } from "@vexil/engine/flag-engine";
import type { SyncEvent } from "@vexil/engine/model/events";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { StatusBoard } from "@vexil/engine/observe/status-board";
import { AuthenticationPluginToken, type Generation } from "@vexil/engine/plugins/generation";
import { PluginRegistryToken } from "@vexil/engine/plugins/plugin-registry";
import type { PreparedSinks } from "@vexil/engine/sinks/sinks";
import type { StorageChanges } from "@vexil/engine/storage-manager";
import type { Observable } from "rxjs";
import { aborted } from "./aborted.js";
import { Authentication } from "./access/authentication.js";
import type { PreparedMethods } from "./access/methods.js";
import type { DaemonParts } from "./daemon-parts.js";
import { eventSource } from "./event-source.js";
import { allOf, firstSnapshots } from "./first-snapshots.js";
import { followGenerations } from "./follow-generations.js";
import type { ListenTarget } from "./http/listen.js";
import { series, Tally } from "./http/reads/tally.js";
import { type PreparedEngine, RightsEngine } from "./http/rights/rights-engine.js";
import type { HttpServer, StartHttpServer } from "./http/serve-in-process.js";
import { openUsage } from "./open-usage.js";
import { passEvent } from "./pass-event.js";
import { RunningSinks } from "./running-sinks.js";
import type { Started } from "./started.js";
import type { UsageKeeper } from "./usage/usage-keeper.js";
import type { PoolServices } from "./workers/pool-services.js";
import type { WorkerPool } from "./workers/worker-pool.js";

/** Storages opened, HTTP served: the running thing. `start` ▸ `reload`* ▸ `stop`. */
export class Daemon {
  readonly #parts: DaemonParts;
  readonly #tally = new Tally();
  readonly #authentication: Authentication;
  readonly #rights: RightsEngine;
  readonly #sinks: RunningSinks;
  readonly #usage: UsageKeeper;
  /** Plugins of the configuration in force. */
  #generation: Generation;
  /** Those before, of whose plugins something is still in use. */
  readonly #retired = new Set<Generation>();
  #server: HttpServer | undefined;
  /** Listening, or about to. */
  #serving: Promise<HttpServer> | undefined;
  /** Started already, though they do not serve yet. */
  #workers: WorkerPool | undefined;
  #stopping = false;
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(parts: DaemonParts, generation: Generation) {
    this.#parts = parts;
    this.#generation = generation;
    const { logger, stateDirectory } = parts;
    this.#authentication = new Authentication({
      logger,
      count: (method, result) => this.#tally.count(series("auth", method, result)),
      stateDirectory,
      repositoryOf: (id) => parts.storages.get(id)?.repository,
    });
    this.#rights = new RightsEngine(parts);
    this.#sinks = new RunningSinks({ ...parts, directory: stateDirectory.path });
    this.#usage = openUsage(parts, () => this.config);
    parts.commitKeys.use(generation.config.authentication.session.key);
    // A key may stand for a branch of something else then.
    followGenerations(parts.snapshots, () => {
      if (this.config.authorization !== undefined) this.#rights.decider.environmentsChanged();
    });
    const receivers = { ...parts, tracing: parts.telemetry?.tracing, tally: this.#tally, rights: this.#rights };
    parts.streams.events$.subscribe((event) => passEvent(event, receivers));
  }

  get config(): Config {
    return this.#generation.config;
  }

  get status(): StatusBoard {
    return this.#parts.status;
  }

  get events$(): Observable<SyncEvent> {
    return this.#parts.streams.events$;
  }

  /** Where it listens; undefined before `start` has resolved. */
  get url(): string | undefined {
    return this.#server?.url;
  }

  /**
   * Opens the storages, then listens. Resolves once it serves.
   * @param listen where to, instead of the configuration's address: a socket that the service manager holds
   */
  async start(listen?: ListenTarget): Promise<Started> {
    const { manager, logger, status } = this.#parts;
    const started = performance.now();
    await (await this.#rights.prepare(this.#generation)).take();
    const sinks = await this.#sinks.prepare(this.#generation);
    const opened = await manager.open(this.#generation);
    // Read and made while remotes answer and files are parsed: nothing of it is needed before.
    const server = this.#prepareServing(listen);
    server.catch(() => undefined);
    const settled = allOf([...opened.values()], "settled");
    // Whoever starts the daemon looks at `settled` only after it serves; until then nobody listens to it.
    settled.catch(() => undefined);
    await allOf([...opened.values()], "serving");
    const snapshots = firstSnapshots(opened, status, this.events$);
    snapshots.catch(() => undefined);
    // A held socket queues connections meanwhile, so nobody is answered before there is something to say.
    // An edge answers for another daemon: it has nothing to say before it has heard it.
    if (listen !== undefined || this.config.edge !== undefined) await snapshots;
    const startServing = await server;
    if (this.#stopping) return { settled: Promise.resolve(), firstSnapshots: Promise.resolve() };
    await sinks.take();
    this.#serving = startServing();
    this.#server = await this.#serving;
    // What was counted before is read beside the first answers.
    this.#usage.start();
    this.#followUpstream();
    logEvent(logger, "daemon.ready", { url: this.#server.url, duration_ms: Math.round(performance.now() - started) });
    return { settled, firstSnapshots: snapshots };
  }

  /**
   * Goes over to a new configuration without dropping a request; changes of where the server listens take effect after a restart.
   * Rejects, with everything as it was, when something of it cannot be opened.
   */
  reload(config: Config): Promise<StorageChanges> {
    const reloading = this.#reloading.then(() => this.#reload(config));
    this.#reloading = reloading.catch(() => undefined);
    return reloading;
  }

  async #reload(file: Config): Promise<StorageChanges> {
    const { manager, openGeneration } = this.#parts;
    const edge = await this.#parts.edge.prepare(file);
    const { config } = edge;
    const generation = await openGeneration(config);
    let methods: PreparedMethods | undefined;
    let rights: PreparedEngine | undefined;
    let sinks: PreparedSinks | undefined;
    let changes: StorageChanges;
    try {
      methods = await this.#prepareMethods(generation);
      rights = await this.#rights.prepare(generation);
      sinks = await this.#sinks.prepare(generation);
      changes = await manager.change(this.#generation, generation);
    } catch (error) {
      await Promise.allSettled([methods?.drop(), rights?.drop(), sinks?.drop(), edge.drop()]);
      await generation.scope.end();
      throw error;
    }
    this.#retire(this.#generation);
    this.#generation = generation;
    this.#parts.commitKeys.use(config.authentication.session.key);
    // All at once: a caller as the new methods know it is never judged by the rules and rights of before.
    const taken = methods.take();
    this.#server?.reload(config);
    // Neither goes on unheard when the other fails.
    await Promise.all([taken, rights.take(), sinks.take(), edge.take()]);
    for (const storage of changes.opened) {
      for (const outcome of [storage.serving, storage.settled]) outcome.catch(() => undefined);
    }
    return changes;
  }

  /** Stops accepting, lets work under way finish, and closes everything in reverse. `signal` cuts what is left. */
  async stop(signal: AbortSignal): Promise<void> {
    const { streams, manager, builder, snapshots } = this.#parts;
    this.#stopping = true;
    this.#parts.edge.leave();
    const draining = this.#serving?.then((server) => server.close()).catch(() => undefined);
    const dropped = this.#serving === undefined ? this.#workers?.drop() : undefined;
    await Promise.race([Promise.all([draining, dropped]), aborted(signal)]);
    await Promise.race([this.#usage.stop(), aborted(signal)]);
    await this.#parts.edge.stop(signal);
    await this.#sinks.stop(signal);
    await streams.drain(signal);
    await manager.close();
    await this.#authentication.close();
    snapshots.close();
    for (const { scope } of [this.#generation, ...this.#retired]) await scope.end();
    await builder.close();
  }

  /** Backends, credentials and methods that stay keep the guard they were made with: what made them ends after them. */
  #retire(generation: Generation): void {
    this.#retired.add(generation);
    void generation.retire().then(() => this.#retired.delete(generation));
  }

  async #prepareServing(listen: ListenTarget | undefined): Promise<StartHttpServer> {
    const services = this.#services();
    const { forkWorkers } = await import("./workers/fork-workers.js");
    if (!this.#stopping) this.#workers = forkWorkers(services);
    const methods = await this.#prepareMethods(this.#generation);
    await methods.take();
    const { prepareServing } = await import("./workers/start-serving.js");
    return prepareServing(services, listen === undefined ? {} : { listen }, this.#workers);
  }

  async #prepareMethods({ config, scope }: Generation): Promise<PreparedMethods> {
    const plugins = await scope.get(PluginRegistryToken);
    const shared = [...config.storages.keys()].find((id) => plugins.capabilities(id).shared);
    return this.#authentication.prepare(
      config,
      async (method, invalidate) =>
        (await scope.named(AuthenticationPluginToken, method.method)).create(method, invalidate),
      shared,
    );
  }

  #followUpstream(): void {
    const { edge, snapshots, status, streams } = this.#parts;
    const sync = (id: string, branches?: ReadonlySet<string>): Promise<void> | undefined =>
      streams.get(id)?.nudge(branches);
    edge.follow({ snapshots, status, sync, reload: (config) => this.reload(config) });
  }

  #services(): PoolServices {
    const daemon = this;
    const { snapshots, status, logger, storages, streams, clock, telemetry, edge } = this.#parts;
    return {
      /** The configuration in force: a reload replaces it. */
      get config(): Config {
        return daemon.config;
      },
      snapshots,
      status,
      logger,
      authentication: this.#authentication,
      rights: this.#rights,
      sinks: this.#sinks,
      events: eventSource({ ...this.#parts, config: () => daemon.config }),
      usage: this.#usage,
      storageTally: this.#tally,
      telemetry,
      edge,
      engine: new FlagEngine({ config: () => daemon.config, storages, snapshots, status, streams, clock }),
    };
  }
}
