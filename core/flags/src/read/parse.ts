import { createHash } from "node:crypto";
import type { Fault, FeatureLimits, FeaturesDocument, ParsedFile } from "./document.js";
import { FieldReader } from "./field-reader.js";
import { findContent } from "./find-content.js";
import { LineIndex } from "./line-column.js";
import { namespaceOf, readDocument } from "./read-document.js";
import { isJsonPath, readSource } from "./read-source.js";
import type { ReadSource, SourceDocument } from "./source-document.js";

/** Smaller files are read anew when they change. */
export const SPANNED_BYTES = 65_536;
/** Faults of a file beyond which it is not looked at further. */
const MOST_FAULTS = 1_000;
/** A reason quotes the file, whose keys and values may be as long as it is. */
const REASON_CHARACTERS = 1_000;

/**
 * Text of a features file → its documents, or its faults with line and column. It looks at one
 * file alone: references between flags, variants and segments are checked when namespaces are compiled.
 */
export function parseFeatures(
  path: string,
  bytes: Uint8Array,
  limits: FeatureLimits,
  isPart: boolean | undefined = false,
): ParsedFile {
  return toParsed(path, bytes, limits, readSource(path, bytes, limits), isPart);
}

/**
 * Reads the meaning of a source, or the faults that keep it from meaning anything.
 * @param isPart it is a part of a large file, whose items are wanted with their places
 */
export function toParsed(
  path: string,
  bytes: Uint8Array,
  limits: FeatureLimits,
  source: ReadSource,
  isPart: boolean | undefined = false,
): ParsedFile {
  const sha1 = createHash("sha1").update(bytes).digest("hex");
  const values = "documents" in source && source.documents !== undefined ? source.documents : [];
  const documents: FeaturesDocument[] = [];
  const faults: Fault[] = [];
  const isReadable = !("fault" in source);
  const written = isReadable && !isJsonPath(path) ? writtenNull(source.text, values) : undefined;
  const readable = values.slice(0, limits.files).map(({ value }) => {
    if (written !== undefined) return undefined;
    return value === null && isReadable && !isJsonPath(path) ? "default" : namespaceOf(value, isReadable);
  });
  const namespaces = [...new Set(readable.filter((namespace) => namespace !== undefined))];
  const lines = new LineIndex(source.text);
  const add = (offset: number, reason: string): void => {
    const short = reason.length > REASON_CHARACTERS ? `${reason.slice(0, REASON_CHARACTERS)}…` : reason;
    faults.push({ file: path, ...lines.at(offset), reason: short, namespaces });
  };
  if ("fault" in source) {
    add(source.fault.offset, source.fault.reason);
    return { documents, faults, sha1 };
  }
  if (values.length > limits.files) {
    add(values[limits.files]?.locate([]) ?? 0, `the file has ${values.length} documents, more than ${limits.files}`);
    return { documents, faults, sha1 };
  }
  if (written !== undefined) {
    add(written, "the file holds just null; one without flags is empty, or {}");
    return { documents, faults, sha1 };
  }
  for (const { value, locate } of values) {
    if (faults.length >= MOST_FAULTS) break;
    const reader = new FieldReader();
    const document = readDocument(reader, value, isJsonPath(path));
    if (document !== undefined && reader.faults.length === 0) documents.push(document);
    for (const fault of reader.faults) {
      add(locate(fault.path), fault.path.length === 0 ? fault.reason : `${fault.path.join(".")}: ${fault.reason}`);
    }
  }
  const [only, ...others] = values;
  const isSpanned = faults.length === 0 && others.length === 0 && (isPart || bytes.length >= SPANNED_BYTES);
  // Offsets begin behind a mark.
  const spans = isSpanned && bytes[0] !== 0xef && bytes[0] !== 0xff && bytes[0] !== 0xfe ? only?.spans?.() : undefined;
  return { documents, faults, sha1, ...(spans === undefined ? {} : { spans }) };
}

/**
 * Where a file that is nothing but null says so, as when a program failed to write more: then it is not meant to have no
 * flags. An empty document is null, too, but has no text.
 */
function writtenNull(text: string, documents: readonly SourceDocument[]): number | undefined {
  if (documents.length === 0 || documents.some(({ value }) => value !== null)) return undefined;
  return findContent(text);
}

/** `<path>: <reason> (<file> <line>)`, as messages name a fault. */
export function faultText(fault: Fault, file: string = fault.file): string {
  return fault.line === undefined ? `${fault.reason} (${file})` : `${fault.reason} (${file} ${fault.line})`;
}
