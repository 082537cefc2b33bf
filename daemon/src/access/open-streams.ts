import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { VexilError } from "@vexil/plugin-api/errors";
import { unauthenticatedError } from "../http/error-response.js";
import type { Access } from "../http/route.js";
import type { Admission } from "./admission.js";
import type { Principal } from "./principal.js";

/** An open stream whose caller is looked at again. */
export interface WatchedStream {
  readonly access: Access;
  readonly headers: IncomingHttpHeaders;
  readonly principal: Principal | undefined;
  readonly response: ServerResponse;
  /** Ends the stream. */
  readonly end: (error: VexilError) => void;
}

/** Streams whose callers' time has run out, or who could not be looked at, wait for this at most. */
const SWEEP_MS = 1000;

/** The open streams of this process: each ends when its caller would not be let in any more. */
export class OpenStreams {
  readonly #admit: (access: Access, headers: IncomingHttpHeaders) => Admission | Promise<Admission>;
  readonly #streams = new Set<WatchedStream>();
  /** Streams that could not be judged, and are again. */
  readonly #unsettled = new Set<WatchedStream>();
  #timer: NodeJS.Timeout | undefined;

  constructor(admit: (access: Access, headers: IncomingHttpHeaders) => Admission | Promise<Admission>) {
    this.#admit = admit;
  }

  add(stream: WatchedStream): void {
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    stream.response.once("close", () => {
      this.#streams.delete(stream);
      this.#unsettled.delete(stream);
      if (this.#streams.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  /** Looks at all of them: who may do what has changed. */
  judge(): void {
    for (const stream of this.#streams) this.#judgeOne(stream);
  }

  #judgeOne(stream: WatchedStream): void {
    this.#unsettled.delete(stream);
    const admission = this.#admit(stream.access, stream.headers);
    if (!(admission instanceof Promise)) this.#settle(stream, admission);
    else
      admission.then(
        (known) => this.#settle(stream, known),
        () => this.#streams.has(stream) && this.#unsettled.add(stream),
      );
  }

  #settle(stream: WatchedStream, { admitted }: Admission): void {
    if (!admitted && this.#streams.has(stream)) stream.end(unauthenticatedError());
  }

  #sweep(): void {
    const now = Date.now();
    for (const stream of this.#streams) {
      const { expiresAt = Number.POSITIVE_INFINITY } = stream.principal?.identity ?? {};
      if (expiresAt <= now || this.#unsettled.has(stream)) this.#judgeOne(stream);
    }
  }
}
