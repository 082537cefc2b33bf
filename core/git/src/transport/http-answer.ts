import type { Dispatcher } from "undici";
import type { ByteSource } from "../protocol/pkt-line.js";
import type { Operation } from "../remote/operation.js";
import { printable } from "../wire-errors.js";
import { exchangeError } from "./http-errors.js";

const MAX_WORDS = 8 * 1024;

/** The body of an answer, each piece within the deadline for silence. */
export function bodySource(operation: Operation, answer: Dispatcher.ResponseData): ByteSource {
  const chunks = answer.body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return {
    read: async () => {
      try {
        const next = await operation.guard("idle", chunks.next());
        return next.done === true ? undefined : next.value;
      } catch (error) {
        throw operation.signal.aborted ? error : exchangeError(error, "body", operation.step);
      }
    },
  };
}

/** The start of a plain text that explains a refusal. Pages for browsers say nothing worth repeating. */
export async function readWords(operation: Operation, answer: Dispatcher.ResponseData): Promise<string> {
  const type = String(answer.headers["content-type"] ?? "");
  if (!type.startsWith("text/plain")) {
    await answer.body.dump().catch(() => {});
    return "";
  }
  const source = bodySource(operation, answer);
  const chunks: Uint8Array[] = [];
  try {
    for (let size = 0; size < MAX_WORDS; ) {
      const chunk = await source.read();
      if (chunk === undefined) break;
      chunks.push(chunk);
      size += chunk.byteLength;
    }
  } catch {
    // The status alone says enough.
  }
  return printable(Buffer.concat(chunks)).trim().slice(0, 500);
}

/** Where a redirect points, seen from where it was met; undefined when it does not say. */
export function target(answer: Dispatcher.ResponseData, from: string): string | undefined {
  const { location } = answer.headers;
  if (typeof location !== "string") return undefined;
  try {
    return new URL(location, from).href;
  } catch {
    return undefined;
  }
}
