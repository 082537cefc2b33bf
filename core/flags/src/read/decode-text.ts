import { isUtf8 } from "node:buffer";
import type { SyntaxFault } from "./source-document.js";

export type DecodedText = { readonly text: string } | { readonly fault: SyntaxFault; readonly text: string };

/** Bytes of a YAML file → text: UTF-8 with or without mark, UTF-16 with one (YAML 1.2.2 §5.2). */
export function decodeText(bytes: Uint8Array): DecodedText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return decodeUtf16(buffer.subarray(2), "utf-16le");
  if (buffer[0] === 0xfe && buffer[1] === 0xff) return decodeUtf16(buffer.subarray(2), "utf-16be");
  const marked = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf;
  const rest = marked ? buffer.subarray(3) : buffer;
  const text = rest.toString("utf8");
  return isUtf8(rest) ? { text } : { text, fault: { reason: "invalid UTF-8", offset: firstBadOffset(rest) } };
}

function decodeUtf16(buffer: Buffer, encoding: "utf-16le" | "utf-16be"): DecodedText {
  const decoded = new TextDecoder(encoding, { ignoreBOM: true }).decode(buffer);
  try {
    return { text: new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(buffer) };
  } catch {
    return { text: decoded, fault: { reason: "invalid UTF-16", offset: Math.max(0, decoded.indexOf("\ufffd")) } };
  }
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
