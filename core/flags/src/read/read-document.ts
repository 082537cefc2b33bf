import { distance } from "fastest-levenshtein";
import type { FeaturesDocument, NamespaceHeader } from "./document.js";
import type { FieldReader, Fields } from "./field-reader.js";
import { FORMAT_VERSIONS, type FormatVersion } from "./format-version.js";
import { readFlag } from "./read-flag.js";
import { readSegment } from "./read-segment.js";

export const DOCUMENT_FIELDS = new Set(["version", "namespace", "flags", "segments"] as const);
export const NAMESPACE_FIELDS = new Set(["key", "name", "description"] as const);
/** Characters by which a mistyped key may differ. */
const TYPING_ERRORS = 3;
const DEFAULT_HEADER: NamespaceHeader = { key: "default", form: "absent" };

/**
 * The values of one document → the model; undefined when it is no map. An empty document defines an empty `default`.
 */
export function readDocument(reader: FieldReader, value: unknown, json: boolean): FeaturesDocument | undefined {
  if (value === null && !json) return { version: undefined, namespace: DEFAULT_HEADER, flags: [], segments: [] };
  const fields = reader.fields(value, DOCUMENT_FIELDS);
  if (fields === undefined) return undefined;
  const written = fields.version === undefined ? undefined : reader.choice(fields, "version", FORMAT_VERSIONS);
  const version: FormatVersion = written ?? "1.6";
  return {
    version: written,
    namespace: readHeader(reader, fields),
    segments: reader.list(fields, "segments", (item) => readSegment(reader, item, version)),
    flags: reader.list(fields, "flags", (item) => readFlag(reader, item, { version, json })),
  };
}

/**
 * The namespace a document names, as far as that can be told; for documents with faults.
 * @param isReadable all of the document was read: if it names none it is of `default`, unless the name is mistyped
 */
export function namespaceOf(value: unknown, isReadable: boolean): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const namespace = (value as Fields).namespace;
  if (namespace === undefined) {
    return isReadable && !Object.keys(value).some(isMistyped) ? "default" : undefined;
  }
  if (typeof namespace === "string" && namespace !== "") return namespace;
  const key = (namespace as Fields | null)?.key;
  return typeof key === "string" && key !== "" ? key : undefined;
}

/** Tells whether a key is `namespace` with a typing error. */
function isMistyped(key: string): boolean {
  const known: ReadonlySet<string> = DOCUMENT_FIELDS;
  return !known.has(key) && key.length < 20 && distance("namespace", key.toLowerCase()) <= TYPING_ERRORS;
}

function readHeader(reader: FieldReader, fields: Fields): NamespaceHeader {
  const value = fields.namespace;
  if (value === undefined) return DEFAULT_HEADER;
  if (typeof value === "string") return { key: reader.key(fields, "namespace"), form: "string" };
  return reader.at("namespace", (): NamespaceHeader => {
    const header = reader.fields(value, NAMESPACE_FIELDS);
    if (header === undefined) return DEFAULT_HEADER;
    return {
      key: header.key === undefined ? "default" : reader.key(header, "key"),
      ...(header.name === undefined ? {} : { name: reader.name(header, "name") }),
      ...(header.description === undefined || header.description === null
        ? {}
        : { description: reader.description(header) }),
      form: "object",
    };
  });
}
