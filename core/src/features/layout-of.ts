import { decodeText } from "./decode-text.js";
import { type FileLayout, readLayout } from "./file-layout.js";

/** The layout of a file that parsed without faults; undefined where only the second reader could read it. */
export function layoutOf(bytes: Uint8Array): FileLayout | undefined {
  try {
    return readLayout(decodeText(bytes).text);
  } catch {
    return undefined;
  }
}
