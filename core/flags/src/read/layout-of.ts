import { decodeText } from "./decode-text.js";
import { type FileLayout, readLayout } from "./file-layout.js";
import { flattenFlow } from "./flatten-flow.js";

/** The layout of a file that parsed without faults; undefined where only the second reader could read it. */
export function layoutOf(bytes: Uint8Array): FileLayout | undefined {
  const { text } = decodeText(bytes);
  return layoutOfText(text) ?? layoutOfText(flattenFlow(text));
}

function layoutOfText(text: string): FileLayout | undefined {
  try {
    return readLayout(text);
  } catch {
    return undefined;
  }
}
