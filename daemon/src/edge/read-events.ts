import { StringDecoder } from "node:string_decoder";

/** One message of server-sent events (WHATWG HTML, §9.2). */
export interface EventFrame {
  /** Position after it. */
  readonly id: string | undefined;
  /** Name; undefined: it has none. */
  readonly event: string | undefined;
  /** undefined: it only moves the position. */
  readonly data: string | undefined;
}

/** No event is larger, but for a flag of many megabytes. */
const MOST_TEXT = 256 * 1024 * 1024;

/**
 * Reads whole messages; comments and what is cut are left out.
 * @param most letters of a message
 * @throws Error where one does not end
 */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>, most = MOST_TEXT): AsyncGenerator<EventFrame> {
  const decoder = new StringDecoder("utf8");
  let parts: string[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    const text = decoder.write(Buffer.from(chunk));
    size += text.length;
    if (size > most) throw new Error(`an event is larger than ${most} letters`);
    parts.push(text);
    // The end of a message may lie between two chunks.
    if (!text.includes("\n")) continue;
    const blocks = parts.join("").split("\n\n");
    const rest = blocks.pop() ?? "";
    parts = [rest];
    size = rest.length;
    for (const block of blocks) {
      const frame = frameOf(block);
      if (frame.id !== undefined || frame.data !== undefined) yield frame;
    }
  }
}

function frameOf(block: string): EventFrame {
  const values = new Map<string, string>();
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) values.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ""));
  }
  return { id: values.get("id"), event: values.get("event"), data: values.get("data") };
}
