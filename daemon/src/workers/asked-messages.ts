import { VexilError } from "@vexil/plugin-api/errors";
import { joinPieces } from "../http/reads/client-messages.js";
import type { FromWorker } from "./messages.js";

/** To make a large one takes a busy primary some seconds. */
const ANSWER_MS = 30_000;

interface Waiting {
  readonly pieces: Uint8Array[];
  readonly resolve: (message: Promise<Buffer>) => void;
  readonly reject: (error: VexilError) => void;
}

/** Stream messages as a worker has them that were not sent to it: the primary is asked when a client wants one. */
export class AskedMessages {
  readonly #send: (message: FromWorker) => void;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  /** @param state number of the namespace's state */
  readonly ask = (state: number): Promise<Buffer> => {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.gone(id), ANSWER_MS);
      const done = (settle: () => void): void => {
        clearTimeout(late);
        settle();
      };
      this.#waiting.set(id, {
        pieces: [],
        resolve: (message) => done(() => resolve(message)),
        reject: (error) => done(() => reject(error)),
      });
      this.#send({ type: "client-wanted", id, state });
    });
  };

  /** A piece has come. */
  take(id: number, bytes: Uint8Array, isLast: boolean): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    waiting.pieces.push(bytes);
    if (!isLast) return;
    this.#waiting.delete(id);
    waiting.resolve(joinPieces(waiting.pieces));
  }

  /** There is no answer. */
  gone(id: number): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    const reason = "the snapshot has just been replaced by a newer one; ask again";
    waiting?.reject(new VexilError("VEXIL_UNAVAILABLE_STORAGE", reason));
  }
}
