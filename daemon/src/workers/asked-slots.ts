import type { ServerLimits } from "@vexil/config/config";
import { type Release, type StreamRefusal, type StreamSlots, streamRefused } from "../http/limits/stream-slots.js";
import type { FromWorker } from "./messages.js";

/** A stream is not kept waiting longer by a primary that is busy. */
const ANSWER_MS = 5000;

/** A worker's places for streams: the primary counts them for all workers, and is asked for each. */
export class AskedSlots implements StreamSlots {
  readonly #limits: () => ServerLimits;
  readonly #send: (message: FromWorker) => void;
  readonly #asked = new Map<number, (refusal: StreamRefusal | undefined) => void>();
  #next = 1;

  constructor(limits: () => ServerLimits, send: (message: FromWorker) => void) {
    this.#limits = limits;
    this.#send = send;
  }

  take(client: string): Promise<Release> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      let taken = false;
      let over = false;
      const release = (): void => {
        over = true;
        if (!taken) return;
        taken = false;
        this.#send({ type: "stream-ended", client });
      };
      const late = setTimeout(() => resolve(release), ANSWER_MS);
      this.#asked.set(id, (refusal) => {
        clearTimeout(late);
        if (refusal !== undefined) {
          reject(streamRefused(refusal, this.#limits()));
          return;
        }
        taken = true;
        if (over) release();
        resolve(release);
      });
      this.#send({ type: "stream-wanted", id, client });
    });
  }

  /** The primary has answered. */
  answer(id: number, refusal: StreamRefusal | undefined): void {
    const resolve = this.#asked.get(id);
    this.#asked.delete(id);
    resolve?.(refusal);
  }
}
