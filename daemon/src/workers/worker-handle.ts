import type { Worker } from "node:cluster";
import type { Socket } from "node:net";
import type { Logger } from "@vexil/plugin-api";
import { type ErrorCode, VexilError } from "@vexil/plugin-api/errors";
import type { EvaluationCount } from "../usage/evaluation-count.js";
import type { ConnectionMessage, FromWorker, ToWorker, WorkerReport } from "./messages.js";

const REPORT_DEADLINE_MS = 1000;

/** Messages of a worker about its clients, which the pool answers and passes on. */
export type ClientMessage = Extract<
  FromWorker,
  { type: "client-wanted" | "stream-wanted" | "stream-ended" | "caller-wanted" | "decision-wanted" | "counts" }
>;
type SpansMessage = Extract<FromWorker, { type: "spans" }>;

export interface WorkerHandleOptions {
  readonly slot: number;
  readonly logger: Logger;
  readonly ofClients: (from: WorkerHandle, message: ClientMessage) => void;
  readonly evaluated: (counts: readonly EvaluationCount[]) => void;
  readonly spans?: ((message: SpansMessage) => void) | undefined;
  /** Told what has become of a connection that it was offered. */
  readonly dealt: (id: number, isTaken: boolean) => void;
}

interface StartCallbacks {
  readonly isReady: () => void;
  readonly listening: () => void;
  readonly failed: (error: VexilError) => void;
}

/** One worker process as the primary sees it. */
export class WorkerHandle {
  readonly #worker: Worker;
  readonly #logger: Logger;
  readonly #ofClients: (from: WorkerHandle, message: ClientMessage) => void;
  readonly #evaluated: (counts: readonly EvaluationCount[]) => void;
  readonly #spans: ((message: SpansMessage) => void) | undefined;
  readonly #dealt: (id: number, isTaken: boolean) => void;
  readonly #waiting = new Set<() => void>();
  readonly #reports = new Map<number, (report: WorkerReport) => void>();
  #lastReport: WorkerReport | undefined;
  #nextReport = 1;
  #applied = 0;
  #isListening = false;
  #connections = 0;
  #heardAt = performance.now();
  /** It reads messages from then on. */
  readonly ready: Promise<void>;
  /** It serves connections from then on. */
  readonly listening: Promise<void>;
  /** All that it has said is read. */
  readonly heard: Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;

  constructor(worker: Worker, { slot, logger, ofClients, evaluated, spans, dealt }: WorkerHandleOptions) {
    this.#worker = worker;
    this.slot = slot;
    this.#logger = logger;
    this.#ofClients = ofClients;
    this.#evaluated = evaluated;
    this.heard = new Promise((resolve) => worker.once("disconnect", () => resolve()));
    this.#spans = spans;
    this.#dealt = dealt;
    this.ended = new Promise((resolve) =>
      worker.once("exit", (code: number | null, signal: string | null) => resolve({ code, signal })),
    );
    let isReady = (): void => {};
    this.ready = new Promise((resolve) => {
      isReady = resolve;
    });
    this.listening = new Promise((resolve, reject) => {
      worker.on("message", (message: FromWorker) =>
        this.#receive(message, { isReady, listening: resolve, failed: reject }),
      );
      void this.ended.then(({ code, signal }) =>
        reject(new VexilError("VEXIL_INTERNAL_BUG", `a worker ended before it listened (${signal ?? code})`)),
      );
    });
    this.listening.catch(() => {});
    worker.on("error", () => {});
  }

  /** Its number among those that run: one that takes another's place has the same. */
  readonly slot: number;

  /** Its number among all workers there ever were. */
  get id(): number {
    return this.#worker.id;
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  get alive(): boolean {
    return this.#worker.isConnected() && !this.#worker.isDead();
  }

  /** Number of the last change it has taken over. */
  get applied(): number {
    return this.#applied;
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** How many it said that it has. */
  get connections(): number {
    return this.#connections;
  }

  /** How long it has given no sign of life, which it does twice a second. */
  get silentMs(): number {
    return performance.now() - this.#heardAt;
  }

  /** Its last report: all that is known of a worker that died. */
  get lastReport(): WorkerReport | undefined {
    return this.#lastReport;
  }

  send(message: ToWorker): void {
    if (this.alive) this.#worker.send(message, undefined as never, () => {});
  }

  /** The connection stays open here as well, and unread. */
  offer(message: ConnectionMessage, socket: Socket): void {
    if (this.alive) this.#worker.send(message, socket, { keepOpen: true }, () => {});
  }

  /** Resolves when the worker serves change number `sequence`, or has died. */
  async hasApplied(sequence: number): Promise<void> {
    while (this.alive && this.#applied < sequence) {
      await Promise.race([new Promise<void>((resolve) => this.#waiting.add(resolve)), this.ended]);
    }
  }

  /** Counters and streams of the worker; what it said last if it does not answer in time. */
  async report(): Promise<WorkerReport | undefined> {
    const id = this.#nextReport++;
    const answer = new Promise<WorkerReport>((resolve) => this.#reports.set(id, resolve));
    this.send({ type: "report", id, worker: String(this.slot) });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), REPORT_DEADLINE_MS);
    });
    const report = await Promise.race([answer, late, this.ended.then(() => undefined)]);
    clearTimeout(timer);
    this.#reports.delete(id);
    return report ?? this.#lastReport;
  }

  kill(): void {
    this.#worker.process.kill("SIGKILL");
  }

  #receive(message: FromWorker, { isReady, listening, failed }: StartCallbacks): void {
    this.#heardAt = performance.now();
    switch (message.type) {
      case "ready":
        isReady();
        break;
      case "alive":
        break;
      case "applied":
        this.#applied = message.sequence;
        for (const resolve of this.#waiting) resolve();
        this.#waiting.clear();
        break;
      case "listening":
        this.#isListening = true;
        listening();
        break;
      case "connections":
        this.#connections = message.open;
        if (message.offer !== undefined) this.#dealt(message.offer.id, message.offer.isTaken);
        break;
      case "failed":
        failed(new VexilError(message.code as ErrorCode, message.message));
        break;
      case "report":
        this.#lastReport = message.report;
        this.#reports.get(message.id)?.(message.report);
        break;
      case "evaluated":
        this.#evaluated(message.counts);
        break;
      case "log":
        this.#logger.log(message.level, message.event, message.message, { ...message.fields, worker: this.pid });
        break;
      case "spans":
        this.#spans?.(message);
        break;
      case "client-wanted":
      case "stream-wanted":
      case "stream-ended":
      case "caller-wanted":
      case "decision-wanted":
      case "counts":
        this.#ofClients(this, message);
        break;
      default:
        message satisfies never;
    }
  }
}
