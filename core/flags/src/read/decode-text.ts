import { isUtf8 } from "node:buffer";
import type { SyntaxFault } from "./source-document.js";

/** How a file's text is stored. */
export type TextEncodingName = "utf-8" | "utf-8-bom" | "utf-16le" | "utf-16be";

/** Text without byte order mark, and what brings it back to bytes. */
export interface SourceText {
  readonly text: string;
  readonly encoding: TextEncodingName;
}

/** Bytes of a YAML file → text: UTF-8 with or without mark, UTF-16 with one (YAML 1.2.2 §5.2). */
export function decodeText(bytes: Uint8Array): SourceText & { readonly fault?: SyntaxFault } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return decodeUtf16(buffer.subarray(2), "utf-16le");
  if (buffer[0] === 0xfe && buffer[1] === 0xff) return decodeUtf16(buffer.subarray(2), "utf-16be");
  const marked = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf;
  const rest = marked ? buffer.subarray(3) : buffer;
  const decoded = { text: rest.toString("utf8"), encoding: marked ? "utf-8-bom" : "utf-8" } as const;
  return isUtf8(rest) ? decoded : { ...decoded, fault: { reason: "invalid UTF-8", offset: firstBadOffset(rest) } };
}

function decodeUtf16(buffer: Buffer, encoding: "utf-16le" | "utf-16be"): SourceText & { readonly fault?: SyntaxFault } {
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(buffer);
  try {
    return { text: new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(buffer), encoding };
  } catch {
    return { text, encoding, fault: { reason: "invalid UTF-16", offset: Math.max(0, text.indexOf("\ufffd")) } };
  }
}

/** The text's bytes, stored as they were. */
export function encodeText({ text, encoding }: SourceText): Uint8Array {
  const marked = encoding === "utf-8" ? text : `\ufeff${text}`;
  const bytes = Buffer.from(marked, encoding.startsWith("utf-16") ? "utf16le" : "utf8");
  return encoding === "utf-16be" ? bytes.swap16() : bytes;
}

/** Text offset of the first bad byte. A replacement character may also stand in the file itself, so lines are tried. */
function firstBadOffset(buffer: Buffer): number {
  let start = 0;
  let offset = 0;
  while (start < buffer.length) {
    const newline = buffer.indexOf(0x0a, start);
    const end = newline < 0 ? buffer.length : newline + 1;
    const line = buffer.subarray(start, end);
    const text = line.toString("utf8");
    if (!isUtf8(line)) return offset + Math.max(0, text.indexOf("\ufffd"));
    offset += text.length;
    start = end;
  }
  return offset;
}
