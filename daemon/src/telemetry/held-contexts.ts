import type { Context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";

/** An event stream is under way for hours, and what it begins late is of no trace. */
const LONGEST_MS = 60_000;

/**
 * Contexts that go along with promises and timers only while something is under way that is traced: to hand them on costs
 * each of those, of all requests alike. At other times a context is there for the call that it is given to.
 */
export class HeldContexts extends AsyncLocalStorageContextManager {
  #holds = 0;
  /** Of the call under way, where nothing is held. */
  #here: Context | undefined;

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** @returns called when what is traced has ended; to call it twice does no harm */
  hold(): () => void {
    let isOver = false;
    const release = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(late);
      this.#holds -= 1;
      if (this.#holds === 0) this.disable();
    };
    const late = setTimeout(release, LONGEST_MS).unref();
    this.#holds += 1;
    return release;
  }

  override active(): Context {
    return this.#here ?? super.active();
  }

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const before = this.#here;
    this.#here = this.isHeld ? undefined : context;
    try {
      return this.isHeld ? super.with(context, work, self, ...args) : work.apply(self, args);
    } finally {
      this.#here = before;
    }
  }
}
