import type { Caller } from "@vexil/plugin-api";
import type { Decide, Decision, Question } from "../http/rights/decision.js";
import type { FromWorker } from "./messages.js";

/** The primary gives an engine of rights 5 s; one that is busy itself gets a little longer. */
const ANSWER_MS = 8000;
/** Questions under way: those beyond are of clients that invent names. */
const MOST_ASKED = 10_000;
const NO: Decision = { allowed: false, keepMs: 0 };

/** Decisions about rights as a worker has them: the primary owns the engine and is asked. */
export class AskedDecisions {
  readonly #send: (message: FromWorker) => void;
  readonly #asked = new Map<number, (decision: Decision) => void>();
  #next = 1;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  readonly decide: Decide = ({ method, identity }: Caller, question: Question): Promise<Decision> => {
    if (this.#asked.size >= MOST_ASKED) return Promise.resolve(NO);
    const id = this.#next++;
    return new Promise((resolve) => {
      const late = setTimeout(() => this.answer(id, NO), ANSWER_MS);
      this.#asked.set(id, (decision) => {
        clearTimeout(late);
        resolve(decision);
      });
      this.#send({ type: "decision-wanted", id, caller: { method, identity }, question });
    });
  };

  /** The primary has answered. */
  answer(id: number, decision: Decision): void {
    const resolve = this.#asked.get(id);
    this.#asked.delete(id);
    resolve?.(decision);
  }
}
