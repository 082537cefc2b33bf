import type { ServerResponse } from "node:http";
import type { VexilError } from "@vexil/plugin-api/errors";
import { EVENT_HEADERS, errorFrame } from "./event-frames.js";

/** A client that has been told the end has this long to read it. */
const END_MS = 30_000;

/** Writes to one client, who takes its time: whoever writes waits until what was written before is taken. */
export class EventWriter {
  readonly #response: ServerResponse;
  readonly #endMs: number;
  /** Since when the client has not taken what was written (`performance.now()`). */
  #stalledSince: number | undefined;
  #isOpen = true;
  #taken: (() => void) | undefined;

  /**
   * @param closed called once, when nothing can be written any more
   * @param endMs time to read the end
   */
  constructor(response: ServerResponse, closed: () => void, endMs = END_MS) {
    this.#response = response;
    this.#endMs = endMs;
    response.once("close", () => {
      this.#isOpen = false;
      this.#taken?.();
      closed();
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  start(opening: string): void {
    const { socket } = this.#response;
    socket?.setKeepAlive(true, 30_000);
    // Silence is no fault of a stream, and it is known who does not read.
    socket?.setTimeout(0);
    this.#response.writeHead(200, EVENT_HEADERS);
    void this.write(opening);
  }

  /** undefined: the client has room for more. */
  write(text: string): Promise<void> | undefined {
    if (!this.#isOpen || this.#response.write(text)) return undefined;
    this.#stalledSince ??= performance.now();
    return new Promise((resolve) => {
      const before = this.#taken;
      this.#taken = () => {
        before?.();
        resolve();
      };
      if (before !== undefined) return;
      this.#response.once("drain", () => {
        this.#stalledSince = undefined;
        const taken = this.#taken;
        this.#taken = undefined;
        taken?.();
      });
    });
  }

  get isStalled(): boolean {
    return this.#stalledSince !== undefined;
  }

  isStalledSince(before: number): boolean {
    return this.#stalledSince !== undefined && this.#stalledSince < before;
  }

  /** Ends the stream; `last` is written before. */
  end(last = ""): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#response.end(last);
    const cut = setTimeout(() => this.#response.destroy(), this.#endMs).unref();
    this.#response.once("close", () => clearTimeout(cut));
    this.#taken?.();
  }

  fail(error: VexilError): void {
    this.end(errorFrame(error));
  }

  /** Cuts the connection. */
  drop(): void {
    this.#isOpen = false;
    this.#response.destroy();
  }
}
