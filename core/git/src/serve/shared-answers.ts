import { untilAborted } from "../until-aborted.js";

/** Requests and answers that are kept are as small as this, in bytes. */
export const SHARED_REQUEST_BYTES = 4 * 1024;
const ANSWER_BYTES = 64 * 1024;
const MOST = 64;

/** Answers while a repository stays as it is: whoever asks for the same as somebody else before gets the same. */
export class SharedAnswers {
  /** Requests → what is answered; undefined: it is too large, or could not be made. */
  readonly #answers = new Map<string, Promise<Uint8Array | undefined>>();

  /**
   * The answer to a request, made once for all that ask at the same time, or later.
   * @param signal ends the waiting for somebody else's
   */
  async *of(request: Buffer, make: () => AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (request.byteLength > SHARED_REQUEST_BYTES) {
      yield* make();
      return;
    }
    const key = request.toString("latin1");
    const known = this.#answers.get(key);
    if (known === undefined) {
      yield* this.#first(key, make);
      return;
    }
    const answer = await untilAborted(known, signal);
    if (answer !== undefined) yield answer;
    else if (this.#answers.get(key) === known) yield* make();
    // Whoever made it failed, or has gone: one of those that waited does it then.
    else yield* this.of(request, make, signal);
  }

  /** It is made at once as far as it is kept, however slowly its client reads: others wait for it. */
  async *#first(key: string, make: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { promise, resolve } = withResolvers<Uint8Array | undefined>();
    this.#answers.set(key, promise);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST && oldest !== undefined) this.#answers.delete(oldest);
    const pieces = make()[Symbol.asyncIterator]();
    const begun: Uint8Array[] = [];
    let isWhole = false;
    try {
      for (let size = 0; size <= ANSWER_BYTES; ) {
        const next = await pieces.next();
        if (next.done === true) {
          isWhole = true;
          break;
        }
        begun.push(next.value);
        size += next.value.byteLength;
      }
    } catch (error) {
      this.#answers.delete(key);
      resolve(undefined);
      throw error;
    }
    const answer = Buffer.concat(begun);
    resolve(isWhole ? answer : undefined);
    try {
      yield answer;
      if (!isWhole)
        for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
    } finally {
      await pieces.return?.();
    }
  }
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
