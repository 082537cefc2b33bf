import { decodeText } from "./decode-text.js";
import type { FeatureLimits } from "./document.js";
import { readJson } from "./read-json.js";
import { readYaml, type YamlReaders } from "./read-yaml.js";
import type { ReadSource } from "./source-document.js";

/**
 * A features file's text and its documents as plain values.
 * @param readers `first`: only what is fast whatever the text is; the fault of what it cannot read says `unsure`
 */
export function readSource(
  path: string,
  bytes: Uint8Array,
  limits: FeatureLimits,
  readers: YamlReaders = "all",
): ReadSource {
  if (bytes.length > limits.fileBytes) {
    const reason = `the file has ${bytes.length} bytes, more than the limit of ${limits.fileBytes} (limits.file_bytes)`;
    return { text: "", fault: { reason, offset: 0 } };
  }
  const json = isJsonPath(path);
  // JSON knows no byte order mark and no other encoding (RFC 8259 §8.1), so there the mark stays and is a fault.
  const decoded = decodeText(bytes);
  const marked = json && (bytes[0] === 0xef || bytes[0] === 0xfe || bytes[0] === 0xff);
  const text = marked ? `\ufeff${decoded.text}` : decoded.text;
  if (decoded.fault !== undefined) return { text, fault: decoded.fault };
  return { text, ...(json ? readJson(text, limits) : readYaml(text, limits, readers)) };
}

/** The same where it takes no reader but the fastest; undefined where that cannot tell. */
export function readQuickly(path: string, bytes: Uint8Array, limits: FeatureLimits): ReadSource | undefined {
  const source = readSource(path, bytes, limits, "first");
  return "fault" in source && source.fault.unsure ? undefined : source;
}

export function isJsonPath(path: string): boolean {
  return path.endsWith(".json");
}
