import type { ServerResponse } from "node:http";
import type { VexilError } from "@vexil/plugin-api/errors";
import type { PreparedNamespace } from "./prepared-namespace.js";
import type { StreamFraming } from "./stream-framing.js";

export interface SubscriberOptions {
  readonly environment: string;
  readonly namespace: string;
  readonly response: ServerResponse;
  readonly framing: StreamFraming;
  /** Digest that the client has already; `""`: none. */
  readonly digest: string;
  /** The namespace's newest state. */
  readonly current: () => PreparedNamespace | undefined;
  readonly sent: () => void;
  /** Tells whether its client may still have it; undefined: anybody may. */
  readonly mayGoOn?: (() => boolean | Promise<boolean>) | undefined;
  /** Tells whether nothing new may go to its client now. */
  readonly isHeld?: (() => boolean) | undefined;
}

/**
 * One open stream. At most one message is on its way; while the client has not taken it, newer states are not queued:
 * when it has, it gets the newest.
 */
export class Subscriber {
  readonly #options: SubscriberOptions;
  #digest: string;
  /** Since when the client has not taken what was written (`performance.now()`). */
  #stalledSince: number | undefined;
  #preparing = false;
  #ended = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#digest = options.digest;
  }

  get environment(): string {
    return this.#options.environment;
  }

  get namespace(): string {
    return this.#options.namespace;
  }

  start(): void {
    const { response, framing } = this.#options;
    response.socket?.setKeepAlive(true, 30_000);
    // Silence is no fault of a stream, and the hub knows who does not read.
    response.socket?.setTimeout(0);
    response.writeHead(200, framing.headers);
    if (framing.opening === undefined) response.flushHeaders();
    else this.#write(framing.opening);
    this.wake();
  }

  /** Sends the newest state, if it is another than the one sent last. */
  wake(): void {
    if (this.#ended || this.#preparing || this.#stalledSince !== undefined) return;
    const state = this.#options.current();
    if (state === undefined || state.digest === this.#digest || this.#options.isHeld?.() === true) return;
    const message = this.#options.framing.message(state);
    this.#digest = state.digest;
    if (Buffer.isBuffer(message)) {
      this.#send(message);
      return;
    }
    this.#preparing = true;
    message.then(
      (bytes) => {
        this.#preparing = false;
        this.#send(bytes);
        this.wake();
      },
      () => this.drop(),
    );
  }

  heartbeat(): void {
    const beat = this.#options.framing.heartbeat;
    if (beat !== undefined && !this.#ended && this.#stalledSince === undefined) this.#write(beat);
  }

  isStalledSince(before: number): boolean {
    return this.#stalledSince !== undefined && this.#stalledSince < before;
  }

  /** Ends the stream with the error if its client may not have it any more; else what was held back goes to it. */
  review(error: () => VexilError): void {
    const goesOn = this.#ended ? true : (this.#options.mayGoOn?.() ?? true);
    const settle = (does: boolean): void => (does ? this.wake() : this.fail(error()));
    if (goesOn instanceof Promise) goesOn.then(settle, () => settle(false));
    else settle(goesOn);
  }

  /** Ends the stream with an error. */
  fail(error: VexilError): void {
    if (!this.#ended) this.#options.response.write(this.#options.framing.failure(error));
    this.end();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.response.end(this.#options.framing.ending());
  }

  /** Cuts the connection: its client does not read. */
  drop(): void {
    this.#ended = true;
    this.#options.response.destroy();
  }

  #send(message: Buffer): void {
    if (this.#ended) return;
    this.#write(message);
    this.#options.sent();
  }

  #write(bytes: Buffer): void {
    const { response } = this.#options;
    if (response.write(bytes)) return;
    this.#stalledSince = performance.now();
    response.once("drain", () => {
      this.#stalledSince = undefined;
      this.wake();
    });
  }
}
