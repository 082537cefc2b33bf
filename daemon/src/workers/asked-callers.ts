import type { PresentedCredential } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Principal } from "../access/principal.js";
import type { RequestIds } from "../request-ids.js";
import type { FromWorker } from "./messages.js";

/** A request is not kept waiting longer by a primary that is busy. */
const ANSWER_MS = 15_000;

interface Waiting {
  readonly resolve: (principal: Principal | undefined) => void;
  readonly reject: (error: VexilError) => void;
}

/** Whose credentials are, as the primary says. */
export class AskedCallers {
  readonly #send: (message: FromWorker) => void;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  ask(credential: PresentedCredential, ids?: RequestIds): Promise<Principal | undefined> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#take(id)?.reject(unanswered()), ANSWER_MS);
      const done = (settle: () => void): void => {
        clearTimeout(late);
        settle();
      };
      this.#waiting.set(id, {
        resolve: (principal) => done(() => resolve(principal)),
        reject: (error) => done(() => reject(error)),
      });
      this.#send({ type: "caller-wanted", id, credential, ids });
    });
  }

  /** The primary has answered. */
  answer(id: number, principal: Principal | undefined, failed: boolean): void {
    const waiting = this.#take(id);
    if (failed) waiting?.reject(unanswered());
    else waiting?.resolve(principal);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

function unanswered(): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_PROVIDER", "it cannot be found out now whose credential this is; try again");
}
