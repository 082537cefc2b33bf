import type { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { ParsedFile } from "../read/document.js";
import type { ItemSpans, ListSpans } from "../read/item-spans.js";
import { fromReplies, type ParseReply, toReplies } from "./parse-job.js";

/** Changes with what a text means to whoever reads it later, and with what parsing makes of a file. */
export const PARSED_FORMAT = 1;

type Parsed = Extract<ParseReply, { type: "parsed" }>;

const LENGTH_BYTES = 4;

/** A parsed file as bytes, in pieces: what processes that parse answer with, each text behind its length. */
export function* packParsed(file: ParsedFile): Generator<Buffer> {
  for (const reply of toReplies(file)) {
    if (reply.type === "flags") yield framed(reply.text);
    else if (reply.type === "parsed") yield framed(JSON.stringify({ ...reply, spans: plainSpans(reply.spans) }));
  }
}

/** @throws on bytes that {@link packParsed} has not made */
export async function unpackParsed(bytes: Buffer, slice: TimeSlice): Promise<ParsedFile> {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + LENGTH_BYTES;
    at = start + bytes.readUInt32LE(at);
    frames.push(bytes.subarray(start, at));
  }
  const parsed = JSON.parse(frames.pop()?.toString() ?? "") as Parsed;
  return fromReplies(texts(frames), { ...parsed, spans: typedSpans(parsed.spans) }, slice);
}

function framed(text: string): Buffer {
  const size = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + size);
  frame.writeUInt32LE(size);
  frame.write(text, LENGTH_BYTES);
  return frame;
}

function* texts(frames: readonly Buffer[]): Generator<string> {
  for (const frame of frames) yield frame.toString();
}

function plainSpans(spans: ItemSpans | undefined): object | undefined {
  return spans && mapSpans(spans, ({ starts, ...list }) => ({ ...list, starts: [...starts] }));
}

function typedSpans(spans: ItemSpans | undefined): ItemSpans | undefined {
  return spans && mapSpans(spans, ({ starts, ...list }) => ({ ...list, starts: Uint32Array.from(starts) }));
}

function mapSpans<T>(spans: ItemSpans, map: (list: ListSpans) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(spans).map(([name, list]) => [name, map(list)]));
}
