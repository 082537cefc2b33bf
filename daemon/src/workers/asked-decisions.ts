import type { Caller } from "@vexil/plugin-api";
import { type Decide, type Decision, NO, type Question } from "../http/rights/decision.js";
import type { CallerReference, FromWorker } from "./messages.js";

/** The primary gives an engine of rights 5 s; one that is busy itself gets a little longer. */
const ANSWER_MS = 8000;
/** Questions under way: those beyond are of clients that invent names. */
const MOST_ASKED = 10_000;
/** Callers that the primary knows by number. Those told of longest ago are told again. */
const MOST_TOLD = 500;
/** Size of their identities, roughly: those with many claims are told again sooner. */
const MOST_TOLD_BYTES = 4 * 2 ** 20;

const NONE: readonly number[] = [];

/** Decisions about rights as a worker has them: the primary owns the engine and is asked. */
export class AskedDecisions {
  readonly #send: (message: FromWorker) => void;
  readonly #asked = new Map<number, (decision: Decision) => void>();
  readonly #told = new Map<Caller, { readonly number: number; readonly bytes: number }>();
  #toldBytes = 0;
  #next = 1;
  #nextCaller = 1;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  readonly decide: Decide = (caller: Caller, question: Question): Promise<Decision> => {
    if (this.#asked.size >= MOST_ASKED) return Promise.resolve(NO);
    const id = this.#next++;
    return new Promise((resolve) => {
      const late = setTimeout(() => this.answer(id, NO), ANSWER_MS);
      this.#asked.set(id, (decision) => {
        clearTimeout(late);
        resolve(decision);
      });
      this.#send({ type: "decision-wanted", id, caller: this.#reference(caller), question });
    });
  };

  /** The primary has answered. */
  answer(id: number, decision: Decision): void {
    const resolve = this.#asked.get(id);
    this.#asked.delete(id);
    resolve?.(decision);
  }

  /** An identity may be large, and a batch has thousands of questions: the primary gets it once. */
  #reference(caller: Caller): CallerReference {
    const known = this.#told.get(caller);
    if (known !== undefined) return { number: known.number, told: undefined, dropped: NONE };
    const { method, provider, identity } = caller;
    const bytes = JSON.stringify(identity).length;
    const dropped: number[] = [];
    for (const [oldest, one] of this.#told) {
      if (this.#told.size < MOST_TOLD && this.#toldBytes + bytes <= MOST_TOLD_BYTES) break;
      this.#told.delete(oldest);
      this.#toldBytes -= one.bytes;
      dropped.push(one.number);
    }
    const number = this.#nextCaller++;
    this.#told.set(caller, { number, bytes });
    this.#toldBytes += bytes;
    return { number, told: { method, ...(provider !== undefined && { provider }), identity }, dropped };
  }
}
