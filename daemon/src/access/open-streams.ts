import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Access } from "./access-rules.js";
import { type Admission, unauthenticatedError } from "./admission.js";
import { hasExpired } from "./principal.js";
import type { Revocation } from "./sessions/revocation.js";
import type { StreamCaller } from "./stream-caller.js";

/** An open stream whose caller is looked at again. */
export interface WatchedStream {
  readonly caller: StreamCaller;
  readonly response: Pick<ServerResponse, "once">;
  /** Ends the stream. */
  readonly end: (error: VexilError) => void;
  /** Looks soon whether the caller, who may be another than before, may still have it. */
  readonly review: () => void;
}

type Admit = (access: Access, headers: IncomingHttpHeaders) => Admission | Promise<Admission>;

/** Streams whose callers' time has run out, or who could not be looked at, wait for this at most. */
const SWEEP_MS = 1000;
/** Streams whose callers are asked about at the same time: requests that come meanwhile have to be answered, too. */
const MOST_ASKED = 100;
/** A stream ends when it could not be found out for so long whether it may go on. */
const UNSETTLED_MS = 30_000;

/** The open streams of this process: each ends when its caller would not be let in any more. */
export class OpenStreams {
  readonly #admit: Admit;
  readonly #unsettledMs: number;
  readonly #streams = new Set<WatchedStream>();
  /** Those that have to be looked at, in the order of their turns. */
  readonly #waiting = new Set<WatchedStream>();
  readonly #asked = new Map<WatchedStream, Promise<Admission>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(admit: Admit, unsettledMs = UNSETTLED_MS) {
    this.#admit = admit;
    this.#unsettledMs = unsettledMs;
  }

  /** @param isCertain false: it is looked at again at once */
  add(stream: WatchedStream, isCertain = true): void {
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    stream.response.once("close", () => this.#remove(stream));
    if (isCertain) return;
    this.#unsettle(stream);
    this.#askMore();
  }

  /**
   * Looks at them again: who may do what has changed.
   * @param ended sessions whose streams alone; undefined: all
   */
  judge(ended?: Revocation): void {
    for (const stream of this.#streams) {
      if (ended === undefined || stream.caller.mayBeOf(ended)) this.#unsettle(stream);
    }
    this.#askMore();
  }

  #remove(stream: WatchedStream): void {
    this.#streams.delete(stream);
    this.#waiting.delete(stream);
    this.#asked.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** It waits for its turn, and answers about it that are on their way count no more. */
  #unsettle(stream: WatchedStream): void {
    stream.caller.unsettle();
    this.#asked.delete(stream);
    this.#waiting.add(stream);
  }

  /** Looks at those that wait, as long as not too many are asked about; those that are known cost no turn. */
  #askMore(): void {
    for (const stream of this.#waiting) {
      if (this.#asked.size >= MOST_ASKED) return;
      this.#waiting.delete(stream);
      const admission = this.#admit(stream.caller.access, stream.caller.headers);
      if (admission instanceof Promise) this.#await(stream, admission);
      else this.#settle(stream, admission);
    }
  }

  #await(stream: WatchedStream, admission: Promise<Admission>): void {
    this.#asked.set(stream, admission);
    const isNewest = (): boolean => this.#asked.get(stream) === admission && this.#asked.delete(stream);
    void admission
      .then(
        (known) => isNewest() && this.#settle(stream, known),
        // The next sweep lets it wait again.
        () => isNewest(),
      )
      .finally(() => this.#askMore());
  }

  #settle(stream: WatchedStream, { admitted, principal }: Admission): void {
    stream.caller.settle(principal);
    if (admitted) stream.review();
    else stream.end(unauthenticatedError());
  }

  #sweep(): void {
    for (const stream of this.#streams) {
      const { principal, unsettledMs } = stream.caller;
      const hasEnded = principal !== undefined && hasExpired(principal);
      if (unsettledMs === undefined) {
        if (hasEnded) this.#unsettle(stream);
      } else if (hasEnded) stream.end(unauthenticatedError());
      else if (unsettledMs > this.#unsettledMs) stream.end(unsettledError());
      else if (!this.#asked.has(stream)) this.#waiting.add(stream);
    }
    this.#askMore();
  }
}

function unsettledError(): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_PROVIDER", "it cannot be found out whose stream this is; open it again");
}
