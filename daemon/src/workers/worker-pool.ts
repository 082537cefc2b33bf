import { setImmediate as turn } from "node:timers/promises";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Subscription } from "rxjs";
import type { HealthState } from "../http/edge/health.js";
import type { StreamSlots } from "../http/limits/stream-slots.js";
import { PORT_SETTINGS } from "../http/listen.js";
import type { ReadWorkers } from "../http/read-workers.js";
import { mergeTallies, type TallyData } from "../http/reads/tally.js";
import type { DecisionsChange } from "../http/rights/decision.js";
import { addressOf, urlOf } from "../http/server-address.js";
import { ConnectionDealer } from "./connection-dealer.js";
import { forkWorker } from "./fork-worker.js";
import { freeSlot } from "./free-slot.js";
import type { ToWorker, WorkerReport, WorkerSettings } from "./messages.js";
import { OrphanReaper } from "./orphan-reaper.js";
import { Shipper } from "./shipper.js";
import { SilenceWatch } from "./silence-watch.js";
import { WorkerHandle } from "./worker-handle.js";
import type { WorkerPoolOptions } from "./worker-pool-options.js";
import { WorkerQuestions } from "./worker-questions.js";

/** How long a write's answer waits for workers; one that needs longer is replaced, one that is silent sooner. */
const SETTLE_MS = 10_000;
const SILENT_MS = 5000;
/** A replacement that does not listen by then protects the other late workers no longer. */
const REPLACEMENT_MS = 30_000;
const LOOK_MS = 500;
/** Changes that take longer to reach all workers count as having taken this long. */
const PUBLISHED_MS = 60_000;
const RESTART_DELAY_MS = 500;

/** Starts workers, replaces those that die, and keeps them at the newest state. */
export class WorkerPool implements ReadWorkers {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Set<WorkerHandle>();
  readonly #shipper: Shipper;
  readonly #changes: Subscription;
  readonly #questions: WorkerQuestions;
  readonly #reaper = new OrphanReaper();
  readonly #dealer = new ConnectionDealer(() => this.#workers);
  readonly #silence: SilenceWatch;
  /** Those that have ended are not among them: their ids may be others' by now. */
  readonly #unended = new Set<WorkerHandle>();
  #settings: WorkerSettings | undefined;
  #begin: (address: string | undefined) => void = () => {};
  /** Resolves when the workers may serve, to the address that connections are accepted on. */
  readonly #begun = new Promise<string | undefined>((resolve) => {
    this.#begin = resolve;
  });
  #health: HealthState | undefined;
  #retired: TallyData = { counts: new Map(), latencies: new Map() };
  #draining = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#questions = new WorkerQuestions({
      ...options,
      workers: () => this.#workers,
      stateOf: (worker, state) => this.#shipper.stateOf(worker, state),
      limits: () => this.#settings?.server.limits ?? options.limits,
    });
    this.#shipper = new Shipper(options.snapshots, () => [...this.#workers]);
    this.#silence = new SilenceWatch({
      workers: () => this.#workers,
      hangs: (worker) => this.#isReplacing || this.#end(worker),
      hangsMs: options.hangsMs,
    });
    this.#changes = options.snapshots.changes$.subscribe((change) => this.#shipper.ship(change));
    options.callers.onForget((ended) => {
      this.#broadcast({ type: "callers-forgotten", ended });
      // Who has logged out is told so once no worker lets them in any more.
      this.#shipper.mark();
    });
  }

  /** Number of workers that are alive. */
  get size(): number {
    return [...this.#workers].filter((worker) => worker.alive).length;
  }

  /** Process ids, for status and tests. */
  get pids(): readonly number[] {
    return [...this.#workers].flatMap(({ pid, alive }) => (alive && pid !== undefined ? [pid] : []));
  }

  /** Starts the workers before there is anything to serve: they read their code meanwhile. */
  warmUp(): void {
    while (this.#workers.size < this.#options.count) this.#startOne();
  }

  /**
   * Has the workers serve; resolves when all do.
   * @returns where connections are accepted
   * @throws VexilError VEXIL_UNAVAILABLE_ADDRESS and what else keeps a server from starting
   */
  async start(settings: WorkerSettings): Promise<string> {
    this.#settings = settings;
    this.warmUp();
    const { protocol, host, port } = settings.server;
    const target = settings.listen ?? { host, port };
    const server = await this.#dealer.listen(target, PORT_SETTINGS[protocol]);
    this.#begin(addressOf(server));
    await Promise.all([...this.#workers].map(({ listening }) => listening));
    return urlOf(protocol, target, server);
  }

  /**
   * Waits until every worker answers from what was published so far. A worker may be late while it still serves; one
   * that gives no sign of life, or needs too long, is replaced: one after the other, because where all are late, a large
   * change is what makes them late, and somebody has to answer meanwhile.
   */
  async settled(): Promise<void> {
    const { sequence } = this.#shipper;
    const since = performance.now();
    for (;;) {
      const late = await this.#shipper.settled(LOOK_MS, sequence);
      if (late?.length === 0) return;
      // What workers said while this process was busy is still to be read.
      await turn();
      await turn();
      const waited = performance.now() - since;
      for (const worker of late ?? []) {
        if (waited < SETTLE_MS && Math.min(worker.silentMs, waited) < SILENT_MS) continue;
        if (this.#isReplacing && waited < REPLACEMENT_MS) break;
        this.#end(worker);
      }
      if (late === undefined && waited >= SETTLE_MS) return;
    }
  }

  async published(): Promise<void> {
    await this.#shipper.settled(PUBLISHED_MS, this.#shipper.sequence);
  }

  /** New settings take effect at once; where the workers listen stays. */
  reconfigure(settings: WorkerSettings): void {
    this.#settings = settings;
    this.#broadcast({ type: "settings", settings });
  }

  get slots(): StreamSlots {
    return this.#questions.slots;
  }

  /** Decisions about rights that workers keep count no more. */
  decisionsChanged(change: DecisionsChange): void {
    this.#broadcast({ type: "decisions-changed", change });
  }

  /** Sets the answer to probes from now on; a sign of life as well. */
  tellHealth(health: HealthState): void {
    this.#health = health;
    this.#broadcast({ type: "health", health });
  }

  /** Returns the counts of all workers, those that died included. */
  async report(): Promise<WorkerReport> {
    const reports = await Promise.all([...this.#workers].map((worker) => worker.report()));
    const known = reports.filter((report) => report !== undefined);
    return {
      tally: mergeTallies([this.#retired, ...known.map(({ tally }) => tally)]),
      streams: known.flatMap(({ streams }) => streams),
      processes: known.flatMap(({ processes }) => processes),
    };
  }

  /** Workers stop accepting and finish what is under way; those that are left after the deadline are killed. */
  async close(deadlineMs: number): Promise<void> {
    this.#draining = true;
    this.#silence.close();
    this.#changes.unsubscribe();
    this.#dealer.close();
    const workers = [...this.#workers];
    for (const worker of workers) worker.send({ type: "drain", deadlineMs });
    const deadline = setTimeout(() => {
      for (const worker of workers) worker.kill();
    }, deadlineMs + 500);
    await Promise.all(workers.map(({ ended, heard }) => Promise.all([ended, heard])));
    clearTimeout(deadline);
    this.#reaper.close();
  }

  /** Ends workers that were never to serve. */
  async drop(): Promise<void> {
    this.#draining = true;
    this.#silence.close();
    this.#changes.unsubscribe();
    for (const worker of this.#workers) worker.kill();
    await Promise.all([...this.#workers].map(({ ended }) => ended));
    this.#reaper.close();
  }

  #broadcast(message: ToWorker): void {
    for (const worker of this.#workers) worker.send(message);
  }

  /** A worker is missing, or does not listen yet. */
  get #isReplacing(): boolean {
    return this.#workers.size < this.#options.count || [...this.#workers].some(({ isListening }) => !isListening);
  }

  #startOne(): WorkerHandle {
    const worker = new WorkerHandle(forkWorker(), {
      slot: freeSlot(this.#workers),
      logger: this.#options.logger,
      ofClients: (from, message) => this.#questions.answer(from, message),
      evaluated: this.#options.evaluated,
      spans: ({ spans, dropped }) => this.#options.tracing?.take(spans, dropped),
      dealt: (id, isTaken) => this.#dealer.answered(id, isTaken),
    });
    this.#workers.add(worker);
    this.#unended.add(worker);
    this.#reaper.guard(this.#unended);
    void worker.ready.then(async () => {
      // What is published until it may listen is sent as it comes.
      await this.#shipper.join(worker);
      const address = await this.#begun;
      if (this.#settings !== undefined) worker.send({ type: "settings", settings: this.#settings });
      if (this.#health !== undefined) worker.send({ type: "health", health: this.#health });
      await this.#shipper.sent();
      worker.send({ type: "listen", address });
    });
    worker.listening.then(() => this.#dealer.changed()).catch(() => worker.kill());
    const startedAt = performance.now();
    void worker.ended.then((end) => this.#replace(worker, end, performance.now() - startedAt));
    return worker;
  }

  /** Has another one take its place. */
  #end(worker: WorkerHandle): void {
    logEvent(this.#options.logger, "worker.replaced", { worker: worker.pid });
    this.#workers.delete(worker);
    worker.kill();
  }

  #replace(worker: WorkerHandle, end: Awaited<WorkerHandle["ended"]>, livedMs: number): void {
    this.#workers.delete(worker);
    this.#unended.delete(worker);
    this.#reaper.guard(this.#unended);
    this.#questions.forget(worker);
    this.#dealer.changed();
    if (worker.lastReport !== undefined) this.#retired = mergeTallies([this.#retired, worker.lastReport.tally]);
    if (this.#draining) return;
    const { code: exit_code, signal } = end;
    logEvent(this.#options.logger, "worker.died", { worker: worker.pid, exit_code, signal });
    // One that dies at once would otherwise be started over and over.
    setTimeout(() => !this.#draining && this.#startOne(), livedMs < 2000 ? RESTART_DELAY_MS : 0);
  }
}
