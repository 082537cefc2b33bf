import { type FailureStep, toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { LONGEST_TIMER_MS } from "@vexil/plugin-api/signal-within";
import type { RemoteTimeouts } from "./remote.js";

export type Phase = "connect" | "firstByte" | "idle";

const PHASES: Readonly<Record<Phase, { readonly key: keyof RemoteTimeouts; readonly what: string }>> = {
  connect: { key: "connectMs", what: "no connection" },
  firstByte: { key: "firstByteMs", what: "no answer" },
  idle: { key: "idleMs", what: "nothing more of the answer" },
};

export interface OperationOptions {
  /** Where a failure of the answer's content is placed. */
  readonly step: FailureStep;
  readonly timeouts: RemoteTimeouts;
  /** For the whole operation, whatever arrives meanwhile. */
  readonly totalMs: number;
  readonly signal: AbortSignal;
}

/** One network operation and its deadlines. Its signal aborts with the error that says which deadline passed. */
export class Operation {
  readonly step: FailureStep;
  readonly signal: AbortSignal;
  #timeouts: RemoteTimeouts;
  readonly #controller = new AbortController();
  /** Callbacks to run at the end. Not one promise for all of them: it would hold on to every chunk that was waited for. */
  readonly #waiting = new Set<(reason: unknown) => void>();
  readonly #total: NodeJS.Timeout;
  readonly #outer: AbortSignal;
  readonly #onOuterAbort = (): void => {
    const { reason } = this.#outer;
    const cancelled = new VexilError("VEXIL_INTERNAL_CANCELLED", "the operation was cancelled");
    // Whoever has a deadline of their own says so.
    this.#controller.abort(VexilError.is(reason) ? reason : cancelled);
  };

  constructor(options: OperationOptions) {
    this.step = options.step;
    this.#timeouts = options.timeouts;
    this.signal = this.#controller.signal;
    this.#outer = options.signal;
    this.signal.addEventListener(
      "abort",
      () => {
        for (const reject of this.#waiting) reject(this.signal.reason);
      },
      { once: true },
    );
    this.#total = setTimeout(() => {
      this.#controller.abort(timedOut(this.step, `it was not done within ${options.totalMs} ms`));
    }, options.totalMs);
    if (options.signal.aborted) this.#onOuterAbort();
    else options.signal.addEventListener("abort", this.#onOuterAbort, { once: true });
  }

  get timeouts(): RemoteTimeouts {
    return this.#timeouts;
  }

  /** From now on only the whole operation has a deadline: the answer to a push waits for hooks. */
  waitForHooks(): void {
    this.#timeouts = { ...this.#timeouts, firstByteMs: LONGEST_TIMER_MS, idleMs: LONGEST_TIMER_MS };
  }

  /** Waits for work, at most as long as the phase may take, and no longer than the whole operation. */
  async guard<T>(phase: Phase, work: Promise<T>, step: FailureStep = this.step): Promise<T> {
    const deadline = this.deadline(phase, step);
    deadline.start();
    try {
      return await this.untilAborted(work);
    } finally {
      deadline.stop();
    }
  }

  /** The deadline of a phase for work that does not need it all the time: it aborts the operation. */
  deadline(phase: Phase, step: FailureStep = this.step): { start(): void; stop(): void } {
    const { key, what } = PHASES[phase];
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => clearTimeout(timer);
    return {
      stop,
      start: () => {
        stop();
        timer = setTimeout(() => {
          this.#controller.abort(timedOut(step, `${what} within ${this.#timeouts[key]} ms`));
        }, this.#timeouts[key]);
      },
    };
  }

  /** Waits for work that needs no network, no longer than the whole operation may take. */
  untilAborted<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.signal.aborted) reject(this.signal.reason);
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /** The reason of the abort, if there was one: it explains better than what the aborted work threw. */
  explain(error: unknown): VexilError {
    return this.signal.aborted ? toVexilError(this.signal.reason) : toVexilError(error);
  }

  end(): void {
    clearTimeout(this.#total);
    this.#outer.removeEventListener("abort", this.#onOuterAbort);
  }
}

export const timedOut = (step: FailureStep, what: string): VexilError =>
  new VexilError("VEXIL_CONNECTION_TIMEOUT", `the remote took too long: ${what}`, { details: { step } });
