import { untilAborted } from "@vexil/git/until-aborted";

interface Planned<T> {
  readonly looked: Promise<T>;
  /** Aborts once nobody waits for it any more. */
  readonly unwanted: AbortController;
  askers: number;
}

/** One look for all who ask while another one is under way: it begins when that has ended, so each sees what is there now. */
export class SharedLook<T> {
  readonly #look: (signal: AbortSignal) => Promise<T>;
  /** The one that has not begun. */
  #next: Planned<T> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(look: (signal: AbortSignal) => Promise<T>) {
    this.#look = look;
  }

  /** The finding of a look that begins after this call; whoever goes away ends it for nobody else. */
  async take(signal?: AbortSignal): Promise<T> {
    this.#next ??= this.#plan();
    const planned = this.#next;
    planned.askers += 1;
    try {
      return await (signal === undefined ? planned.looked : untilAborted(planned.looked, signal));
    } finally {
      planned.askers -= 1;
      if (planned.askers === 0) this.#drop(planned, signal?.reason);
    }
  }

  #plan(): Planned<T> {
    const unwanted = new AbortController();
    const looked = this.#last.then(() => {
      unwanted.signal.throwIfAborted();
      this.#next = undefined;
      return this.#look(unwanted.signal);
    });
    this.#last = looked.catch(() => undefined);
    return { looked, unwanted, askers: 0 };
  }

  #drop(planned: Planned<T>, reason: unknown): void {
    planned.unwanted.abort(reason);
    if (this.#next === planned) this.#next = undefined;
  }
}
