import type { Socket } from "node:net";
import type { Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { Callers } from "../access/callers.js";
import { Gate } from "../access/gate.js";
import type { ColdHandler } from "../http/cold-handler.js";
import { Edge } from "../http/edge/edge.js";
import type { Health, HealthState } from "../http/edge/health.js";
import { ClientLimits } from "../http/limits/client-limits.js";
import { processMetrics } from "../http/metrics/late-process-metrics.js";
import { createReadProcess, type ReadProcess } from "../http/read-process.js";
import { etagsReady } from "../http/reads/bulk-etag.js";
import { EvaluatedFlag } from "../http/reads/evaluated-flag.js";
import { FreshEvaluations } from "../http/reads/fresh-evaluations.js";
import { KeptDecisions } from "../http/rights/kept-decisions.js";
import { Refusals } from "../http/rights/refusals.js";
import { type ListeningServer, startServer } from "../http/server.js";
import type { WorkerTracing } from "../telemetry/worker-tracing.js";
import { AskedCallers } from "./asked-callers.js";
import { AskedDecisions } from "./asked-decisions.js";
import { AskedMessages } from "./asked-messages.js";
import { AskedSlots } from "./asked-slots.js";
import { forwardTo } from "./forward.js";
import { HandedConnections } from "./handed-connections.js";
import type { FromWorker, ToWorker, WorkerSettings } from "./messages.js";
import { ShippedSnapshots } from "./shipped-snapshots.js";
import { inTraces, startTracing } from "./start-tracing.js";

const ALIVE_MS = 500;
/** How often it tells what it has evaluated. */
const EVALUATED_MS = 2_000;

/** A process that answers reads from what the primary ships, and forwards the rest. It owns nothing that lasts. */
class Worker {
  readonly #messages = new AskedMessages(send);
  readonly #snapshots = new ShippedSnapshots(this.#messages.ask);
  #reads: ReadProcess | undefined;
  #settings: WorkerSettings | undefined;
  #server: ListeningServer | undefined;
  #forward: ColdHandler | undefined;
  readonly #asked = new AskedCallers(send);
  readonly #callers = new Callers((credential, ids) => this.#asked.ask(credential, ids));
  readonly #gate = new Gate(() => this.#require().edge.accessRules, this.#callers);
  readonly #slots = new AskedSlots(() => this.#require().server.limits, send);
  readonly #limits = new ClientLimits(() => this.#require().server, {
    streams: this.#slots,
    tell: (name, counts) => send({ type: "counts", name, counts }),
  });
  readonly #askedDecisions = new AskedDecisions(send);
  readonly #decisions = new KeptDecisions(this.#askedDecisions.decide);
  readonly #process = processMetrics();
  readonly #connections = new HandedConnections(send);
  #edge: Edge | undefined;
  #evaluated: FreshEvaluations | undefined;
  #tracing: WorkerTracing | undefined;
  #health: HealthState = { failed: [], waiting: [] };
  #heardAt = performance.now();
  #draining = false;

  constructor() {
    setInterval(() => void this.#tellEvaluated(), EVALUATED_MS).unref();
  }

  async receive(message: ToWorker, socket?: Socket): Promise<void> {
    switch (message.type) {
      case "settings":
        this.#settings = message.settings;
        this.#reads ??= this.#createReads(message.settings);
        this.#evaluated ??= new FreshEvaluations(this.#reads.tally);
        this.#edge?.configure(message.settings.edge);
        this.#gate.rulesChanged();
        this.#server?.renewCertificates();
        return;
      case "health":
        this.#health = message.health;
        this.#heardAt = performance.now();
        return;
      case "stage":
        this.#snapshots.stage(message.environment, message.part);
        return;
      case "publish":
        // A key may stand for a branch of something else now.
        if (message.environments !== undefined) this.#reads?.environmentsChanged();
        this.#snapshots.publish(message);
        if (message.environment !== undefined) this.#reads?.published(message.environment, message.changed);
        send({ type: "applied", sequence: message.sequence });
        return;
      case "client-piece":
        this.#messages.take(message.id, message.bytes, message.isLast);
        return;
      case "client-gone":
        this.#messages.gone(message.id);
        return;
      case "removed":
        this.#reads?.environmentsChanged();
        this.#snapshots.remove(message.environment);
        this.#reads?.removed(message.environment);
        send({ type: "applied", sequence: message.sequence });
        return;
      case "mark":
        send({ type: "applied", sequence: message.sequence });
        return;
      case "listen":
        await this.#listen(message.address);
        return;
      case "connection":
        this.#connections.take(message, socket, this.#draining ? undefined : this.#server?.accept);
        return;
      case "report": {
        if (this.#reads === undefined) return;
        const processes = await (await this.#process()).families(message.worker);
        const report = { tally: this.#reads.tally.data(), streams: this.#reads.hub.counts(), processes };
        send({ type: "report", id: message.id, report });
        return;
      }
      case "stream-answer":
        this.#slots.answer(message.id, message.refusal);
        return;
      case "caller-answer":
        this.#asked.answer(message.id, message.principal, message.failed);
        return;
      case "callers-forgotten":
        this.#callers.forget(message.ended);
        return;
      case "decision":
        this.#askedDecisions.answer(message.id, message.decision);
        return;
      case "decisions-changed":
        if (message.change === "rights") this.#reads?.rightsChanged();
        else this.#reads?.environmentsChanged();
        return;
      case "counts":
        this.#limits.hear(message.worker, message.name, message.counts);
        return;
      case "worker-gone":
        this.#limits.forget(message.worker);
        return;
      case "drain":
        this.#draining = true;
        this.#reads?.hub.close();
        await this.#server?.close(message.deadlineMs);
        await this.#tellEvaluated();
        await this.#tracing?.flush();
        process.exit(0);
        break;
      default:
        message satisfies never;
    }
  }

  /** Resolves when it is told. */
  async #tellEvaluated(): Promise<void> {
    const counts = this.#evaluated?.take() ?? [];
    if (counts.length === 0) return;
    const message: FromWorker = { type: "evaluated", counts };
    await new Promise<void>((resolve) => {
      if (process.send === undefined) resolve();
      else process.send(message, undefined, undefined, () => resolve());
    });
  }

  async #listen(address: string | undefined): Promise<void> {
    const { server, primarySocket, primaryKey, certificateIntervalMs, ...shown } = this.#require();
    const { edge: settings, serves, rules } = shown;
    this.#tracing = await startTracing(shown.tracing, primaryLogger, this.#snapshots);
    await etagsReady;
    const reads = this.#requireReads();
    const forward = forwardTo(primarySocket, this.#limits, undefined, primaryKey);
    this.#forward = forward;
    const edge = new Edge({
      settings,
      serves,
      rules,
      gate: this.#gate,
      limits: this.#limits,
      tally: reads.tally,
      hotPath: this.#tracing?.requests.hot(reads.hotPath) ?? reads.hotPath,
      health: () => this.#currentHealth(),
      cold: forward,
    });
    this.#edge = edge;
    this.#server = await startServer(
      { server, listen: "handed", certificateIntervalMs, logger: primaryLogger, limit: this.#limits.connections },
      (request, response) => edge.handle(request, response),
    );
    edge.listensOn(address);
    send({ type: "listening" });
  }

  #currentHealth(): Health {
    return { ...this.#health, draining: this.#draining, silentSeconds: (performance.now() - this.#heardAt) / 1000 };
  }

  #createReads({ heartbeatMs, stallMs, tracing }: WorkerSettings): ReadProcess {
    return createReadProcess({
      snapshots: this.#snapshots,
      gate: this.#gate,
      limits: this.#limits,
      decisions: this.#decisions,
      refusals: new Refusals(primaryLogger),
      logger: primaryLogger,
      heartbeatMs,
      stallMs,
      past: (request, response, body) => {
        this.#tracing?.requests.handOver(request);
        this.#forward?.(request, response, body);
      },
      ...(tracing && inTraces(() => this.#tracing)),
      createFlag: (...flag) => this.#tracing?.createFlag(...flag) ?? new EvaluatedFlag(...flag),
    });
  }

  #require(): WorkerSettings {
    return this.#settings ?? untold();
  }

  #requireReads(): ReadProcess {
    return this.#reads ?? untold();
  }
}

function untold(): never {
  throw new VexilError("VEXIL_INTERNAL_BUG", "a worker was not told its settings");
}

function send(message: FromWorker): void {
  // The primary may be gone by the time a message is ready; the disconnect ends this process.
  process.send?.(message, undefined, undefined, () => {});
}

const primaryLogger: Logger = {
  log: (level, event, message, fields) => send({ type: "log", level, event, message, fields }),
  child: () => primaryLogger,
};

// The primary alone decides when its workers end: signals reach the whole process group.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));

const worker = new Worker();
process.on("message", (message: ToWorker, socket?: Socket) => {
  worker.receive(message, socket).catch((error: unknown) => {
    const { code, message: text } = VexilError.is(error)
      ? error
      : new VexilError("VEXIL_INTERNAL_BUG", error instanceof Error ? error.message : String(error));
    send({ type: "failed", code, message: text });
  });
});
send({ type: "ready" });
setInterval(() => send({ type: "alive" }), ALIVE_MS).unref();
