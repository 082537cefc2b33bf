import type { IncomingMessage } from "node:http";
import { VexilError } from "@vexil/core/serving";

export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** How much of a body that is too large is read and thrown away, so that its sender gets to read the answer. */
const DISCARD_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Collects a request's body. `done` is called once, unless the client goes away first.
 * A callback, not a promise: this runs once for each evaluation.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  done: (error: VexilError | undefined, body: Buffer) => void,
): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let size = 0;
  const tooLarge = (): void => {
    const error = new VexilError("VEXIL_VALIDATION_BODY_SIZE", `the request body is larger than ${limit} bytes`);
    request.removeAllListeners("data").removeAllListeners("end");
    discard(request, size, () => done(error, Buffer.alloc(0)));
  };
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) tooLarge();
    else if (first === undefined) first = chunk;
    else if (rest === undefined) rest = [first, chunk];
    else rest.push(chunk);
  });
  request.on("end", () => done(undefined, rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest)));
}

function discard(request: IncomingMessage, alreadyRead: number, done: () => void): void {
  let size = alreadyRead;
  request.on("end", done);
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= DISCARD_LIMIT_BYTES) return;
    request.removeAllListeners("data").removeAllListeners("end").pause();
    done();
  });
}
