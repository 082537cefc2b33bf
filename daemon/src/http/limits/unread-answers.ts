import type { ServerResponse } from "node:http";
import { VexilError } from "@vexil/plugin-api/errors";

/** Answers up to this size are not counted. */
const COUNTED_FROM_BYTES = 64 * 1024;

/** The bytes of large answers that their clients have not read (`server.limits.waiting_answer_bytes`). */
export class UnreadAnswers {
  readonly #limit: () => number;
  #bytes = 0;

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** Throws VexilError VEXIL_OVERLOADED_ANSWERS if there is no room for an answer of that size. */
  makeRoom(bytes: number): void {
    // Alone an answer always has room: its own size has a limit already.
    if (bytes < COUNTED_FROM_BYTES || this.#bytes === 0 || this.#bytes + bytes <= this.#limit()) return;
    throw new VexilError(
      "VEXIL_OVERLOADED_ANSWERS",
      "too many large answers wait for their clients to read them (server.limits.waiting_answer_bytes)",
    );
  }

  /** To be called when an answer has been written: what its client has not taken by then is counted. */
  written(response: ServerResponse, bytes: number): void {
    if (bytes < COUNTED_FROM_BYTES || response.writableLength === 0) return;
    this.#bytes += bytes;
    response.once("close", () => {
      this.#bytes -= bytes;
    });
  }
}

/** An answer that would go beyond `server.limits.answer_bytes`. */
export function answerTooLarge(limit: number): VexilError {
  return new VexilError(
    "VEXIL_VALIDATION_ANSWER_SIZE",
    `the answer would be larger than ${limit} bytes (server.limits.answer_bytes); ask for less at once`,
  );
}
