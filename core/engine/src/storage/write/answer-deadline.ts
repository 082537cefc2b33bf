import type { StorageConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import { after } from "../../model/deadlines.js";

/** Time reserved, once nothing more is sent, to ask the remote about the outcome of a push. */
const QUESTION_MS = 4_000;

/**
 * Until when whoever writes has an answer, whatever the remote does: `timeouts.push` for all that is sent, and some
 * seconds more to ask. The signals abort with the error that says so.
 */
export class AnswerDeadline {
  /** For what may change the remote. */
  readonly push: AbortSignal;
  /** For all else. */
  readonly answer: AbortSignal;
  readonly #end: () => void;

  /** @param waitedMs time that whoever writes had waited for the storage before: it is a part of his */
  constructor(clock: Clock, signal: AbortSignal, { pushMs }: StorageConfig["timeouts"], waitedMs = 0) {
    const [push, answer] = [new AbortController(), new AbortController()];
    const late = (ms: number): VexilError =>
      new VexilError("VEXIL_CONNECTION_TIMEOUT", `the remote took too long: there was no answer within ${ms} ms`);
    const abortIn = (controller: AbortController, ms: number): (() => void) =>
      after(clock, Math.max(0, ms - waitedMs), () => controller.abort(late(ms)));
    const cancels = [abortIn(push, pushMs), abortIn(answer, pushMs + QUESTION_MS)];
    const abort = (): void => {
      for (const controller of [push, answer]) controller.abort(signal.reason);
    };
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    this.push = push.signal;
    this.answer = answer.signal;
    this.#end = () => {
      for (const cancel of cancels) cancel();
      signal.removeEventListener("abort", abort);
    };
  }

  /** To be called in any case; idempotent. */
  end(): void {
    this.#end();
  }
}
