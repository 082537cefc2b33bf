import type { IncomingMessage } from "node:http";
import { VexilError } from "@vexil/plugin-api/errors";
import { bodiesRefused, COUNTED_FROM_BYTES, type WaitingBodies } from "./limits/waiting-bodies.js";

export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** As much as is read of somebody who shows no credential, to tell whether it is JSON at all. */
export const UNKNOWN_SENDER_LIMIT_BYTES = 64 * 1024;

/** How much of a body that is too large is read and thrown away, so that its sender gets to read the answer. */
const DISCARD_LIMIT_BYTES = 64 * 1024 * 1024;
const DISCARD_MS = 5000;

type Done = (error: VexilError | undefined, body: Buffer) => void;

const NOTHING = Buffer.alloc(0);

/**
 * Collects a request's body. `done` is called once, unless the client goes away first.
 * A callback, not a promise: this runs once for each evaluation.
 * @param waiting large bodies count there while they are on their way
 */
export function readBody(request: IncomingMessage, limit: number, waiting: WaitingBodies, done: Done): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (first === undefined) first = chunk;
    else if (rest === undefined) rest = [first, chunk];
    else rest.push(chunk);
    if (size <= COUNTED_FROM_BYTES && size <= limit) return;
    stop(request);
    readLargeBody(request, limit, waiting, done, rest ?? [first]);
  });
  request.on("end", () => done(undefined, rest === undefined ? (first ?? NOTHING) : Buffer.concat(rest)));
}

function readLargeBody(
  request: IncomingMessage,
  limit: number,
  waiting: WaitingBodies,
  done: Done,
  arrived: Buffer[],
): void {
  let chunks = arrived;
  let size = chunks.reduce((sum, { length }) => sum + length, 0);
  const drop = (): void => {
    stop(request);
    waiting.end(body);
    chunks = [];
  };
  const body = waiting.begin((reason) => {
    drop();
    request.resume();
    done(reason, NOTHING);
  });
  const refuse = (error: VexilError): void => {
    drop();
    discard(request, size, () => done(error, NOTHING));
  };
  const check = (bytes: number): void => {
    if (size > limit) {
      refuse(new VexilError("VEXIL_VALIDATION_BODY_SIZE", `the request body is larger than ${limit} bytes`));
    } else if (!waiting.grow(body, bytes)) refuse(bodiesRefused());
  };
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    chunks.push(chunk);
    check(chunk.length);
  });
  request.on("end", () => {
    waiting.end(body);
    done(undefined, Buffer.concat(chunks));
  });
  request.once("close", () => waiting.end(body));
  check(size);
}

function stop(request: IncomingMessage): void {
  request.removeAllListeners("data").removeAllListeners("end");
}

function discard(request: IncomingMessage, alreadyRead: number, done: () => void): void {
  let size = alreadyRead;
  const enough = (): void => {
    clearTimeout(late);
    stop(request);
    request.pause();
    done();
  };
  const late = setTimeout(enough, DISCARD_MS).unref();
  request.once("close", () => clearTimeout(late));
  request.on("end", enough);
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > DISCARD_LIMIT_BYTES) enough();
  });
}
