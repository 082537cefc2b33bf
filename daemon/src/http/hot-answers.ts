import type { VexilError } from "@vexil/plugin-api/errors";
import type { Access } from "../access/access-rules.js";
import { type Admission, unauthenticatedError } from "../access/admission.js";
import { BODY_LIMIT_BYTES, readBody, UNKNOWN_SENDER_LIMIT_BYTES } from "./read-body.js";
import { readJson } from "./read-json.js";
import type { HotRequest } from "./reads/hot-request.js";
import type { ReadServices } from "./reads/read-services.js";
import { requestConnection } from "./request-connection.js";

/** Undefined when the answer has been given. */
export type Later = Promise<void> | undefined | void;
export type FailWith = (services: ReadServices, hot: HotRequest, error: unknown) => void;

/** A kind of read: who is let in to it, and what it is answered with. */
export interface Read<A> {
  readonly access: Access;
  readonly fail: FailWith;
  /** True if its body may name a past state. */
  readonly hasPast?: boolean;
  /** A promise if it has to be asked whether the caller may. */
  readonly make: (hot: HotRequest, body: unknown, text: string) => A | Promise<A>;
  readonly send: (hot: HotRequest, answer: A) => void;
}

/**
 * Gives answers to those who are let in. Where it takes its time, until a body has come or it is known what a caller
 * may, callers are looked at again: an answer is of those who are let in when it is given.
 */
export class HotAnswers {
  readonly #services: ReadServices;

  constructor(services: ReadServices) {
    this.#services = services;
  }

  /** Runs when it is known who calls: at once, unless that has to be asked. What is thrown is answered. */
  admitted(hot: HotRequest, access: Access, fail: FailWith, run: (admission: Admission) => Later): void {
    const proceed = (admission: Admission): Later => {
      hot.principal = admission.principal;
      return run(admission);
    };
    const { request } = hot;
    const { gate, later } = this.#services;
    const admission = gate.admitBy(requestConnection(request), access, request.headers);
    if (admission instanceof Promise)
      this.#settle(
        hot,
        fail,
        later(() => admission.then(proceed)),
      );
    else
      try {
        this.#settle(hot, fail, proceed(admission));
      } catch (error) {
        fail(this.#services, hot, error);
      }
  }

  /** Answers a read without a body, or one whose body is there. */
  give<A>(hot: HotRequest, read: Read<A>, body?: unknown, text = ""): void {
    this.admitted(hot, read.access, read.fail, ({ admitted }) => {
      if (!admitted) throw unauthenticatedError();
      return this.#give(hot, read, body, text);
    });
  }

  /** Answers a read once its body is there. */
  giveWithBody<A>(hot: HotRequest, read: Read<A>): void {
    const { gate } = this.#services;
    const { revision } = gate;
    this.admitted(hot, read.access, read.fail, ({ admitted }) => {
      this.#readBody(hot, admitted, read.fail, (body, text) => {
        if (!gate.isStale(revision, hot.principal)) return this.#give(hot, read, body, text);
        this.give(hot, read, body, text);
        return undefined;
      });
    });
  }

  /** @param isLast true: environments may come and go as they like, it is not asked once more what the caller may */
  #give<A>(hot: HotRequest, read: Read<A>, body: unknown, text: string, isLast = false): Later {
    if (read.hasPast === true && namesPast(body)) {
      this.#services.past(hot.request, hot.response, Buffer.from(text));
      return undefined;
    }
    const { gate, decisions, later } = this.#services;
    const { revision } = gate;
    const { state } = decisions;
    const answer = read.make(hot, body, text);
    if (!(answer instanceof Promise)) {
      read.send(hot, answer);
      return undefined;
    }
    const send = (late: A): Later => {
      if (gate.isStale(revision, hot.principal)) this.give(hot, read, body, text);
      else if (isLast || decisions.state === state) read.send(hot, late);
      else return this.#give(hot, read, body, text, true);
      return undefined;
    };
    return later(() => answer.then(send));
  }

  #settle(hot: HotRequest, fail: FailWith, answering: Later): void {
    if (answering !== undefined) answering.catch((error: unknown) => fail(this.#services, hot, error));
  }

  /** A body that is no JSON is reported to anybody, but only a small one of who has no credential. */
  #readBody(hot: HotRequest, admitted: boolean, fail: FailWith, run: (body: unknown, text: string) => Later): void {
    const { bodies, batchItems } = this.#services.limits;
    const limit = admitted ? BODY_LIMIT_BYTES : UNKNOWN_SENDER_LIMIT_BYTES;
    const { within } = this.#services;
    const come = (refused: VexilError | undefined, bytes: Buffer): void => {
      try {
        if (refused !== undefined) {
          // What is left of the body is not read, so the connection cannot be used again.
          hot.response.setHeader("Connection", "close");
          throw admitted ? refused : unauthenticatedError();
        }
        const text = bytes.toString("utf8");
        const body = readJson(text, batchItems);
        if (!admitted) throw unauthenticatedError();
        this.#settle(hot, fail, run(body, text));
      } catch (error) {
        fail(this.#services, hot, error);
      }
    };
    if (within === undefined) readBody(hot.request, limit, bodies, come);
    else readBody(hot.request, limit, bodies, (...body) => within(hot.request, () => come(...body)));
  }
}

/** Lists and texts have an `at` of their own. */
function namesPast(body: unknown): boolean {
  const at = (body as { readonly at?: unknown } | null | undefined)?.at;
  return at !== undefined && at !== null && at !== "" && typeof at !== "function";
}
