import type { ServerLimits } from "@vexil/config/config";
import { nextTurn } from "@vexil/plugin-api/time-slice";
import { UNKNOWN } from "../access/admission.js";
import type { Callers } from "../access/callers.js";
import type { StreamSlots } from "../http/limits/stream-slots.js";
import { largePieces } from "../http/reads/client-messages.js";
import type { ServedNamespace } from "../http/reads/read-snapshots.js";
import { type Decide, NO } from "../http/rights/decision.js";
import { ToldCallers } from "./told-callers.js";
import type { ClientMessage, WorkerHandle } from "./worker-handle.js";
import { WorkerStreams } from "./worker-streams.js";

export interface WorkerQuestionsOptions {
  readonly limits: () => ServerLimits;
  /** Answers workers that ask about rights. */
  readonly decide: Decide;
  /** Whose credentials are. */
  readonly callers: Pick<Callers, "of">;
  /** A namespace's state that a worker has, or had until just now. */
  readonly stateOf: (worker: WorkerHandle, state: number) => ServedNamespace | undefined;
  /** Workers that run. */
  readonly workers: () => Iterable<WorkerHandle>;
}

type CallerWanted = Extract<ClientMessage, { type: "caller-wanted" }>;
type DecisionWanted = Extract<ClientMessage, { type: "decision-wanted" }>;

/** Answers workers what they cannot know of their clients: whose a credential is, what is allowed, who has how much. */
export class WorkerQuestions {
  readonly #options: WorkerQuestionsOptions;
  readonly #streams: WorkerStreams<WorkerHandle>;
  readonly #told = new ToldCallers<WorkerHandle>();

  constructor(options: WorkerQuestionsOptions) {
    this.#options = options;
    this.#streams = new WorkerStreams(options.limits);
  }

  /** Places for streams that the primary opens itself. */
  get slots(): StreamSlots {
    return this.#streams.slots;
  }

  /** Streams are counted here; what workers count by themselves they tell each other. */
  answer(from: WorkerHandle, message: ClientMessage): void {
    switch (message.type) {
      case "client-wanted":
        void this.#answerClient(from, message.id, this.#options.stateOf(from, message.state));
        break;
      case "stream-wanted":
        from.send({ type: "stream-answer", id: message.id, refusal: this.#streams.take(from, message.client) });
        break;
      case "stream-ended":
        this.#streams.end(from, message.client);
        break;
      case "caller-wanted":
        void this.#answerCaller(from, message);
        break;
      case "decision-wanted":
        void this.#answerDecision(from, message);
        break;
      case "counts":
        for (const worker of this.#options.workers()) {
          if (worker !== from) worker.send({ ...message, worker: from.id });
        }
        break;
      default:
        message satisfies never;
    }
  }

  /** The worker is no more. */
  forget(worker: WorkerHandle): void {
    this.#streams.forget(worker);
    this.#told.forget(worker);
    for (const other of this.#options.workers()) other.send({ type: "worker-gone", worker: worker.id });
  }

  async #answerClient(from: WorkerHandle, id: number, namespace: ServedNamespace | undefined): Promise<void> {
    if (namespace === undefined) {
      from.send({ type: "client-gone", id });
      return;
    }
    const pieces = await largePieces(namespace);
    for (const [index, bytes] of pieces.entries()) {
      from.send({ type: "client-piece", id, bytes, isLast: index === pieces.length - 1 });
      await nextTurn();
    }
  }

  async #answerCaller(from: WorkerHandle, { id, credential, ids }: CallerWanted): Promise<void> {
    let failed = false;
    const { principal } = await Promise.resolve(this.#options.callers.of(credential, () => ids)).catch(() => {
      failed = true;
      return UNKNOWN;
    });
    from.send({ type: "caller-answer", id, principal, failed });
  }

  async #answerDecision(from: WorkerHandle, { id, caller, question }: DecisionWanted): Promise<void> {
    const known = this.#told.of(from, caller);
    const decision = known === undefined ? NO : await this.#options.decide(known, question);
    from.send({ type: "decision", id, decision });
  }
}
