import type { JsonObject, JsonValue } from "./document.js";
import { type FieldReader, mismatch } from "./field-reader.js";
import { NON_TEXT_KEYS, setOwn } from "./source-document.js";

const INT64 = 2n ** 63n;

/** A flag's metadata: a map whose first level has no nulls and may have keys that are no text. */
export function readMetadata(reader: FieldReader, value: unknown): JsonObject | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    reader.fail(mismatch(value, "map"));
    return undefined;
  }
  const metadata: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    reader.at(key, () => {
      if (item === null) reader.fail("null is not allowed here");
      setOwn(metadata, key, toJson(reader, item));
    });
  }
  return metadata as JsonObject;
}

/** A variant's attachment: a map or a list; null means none. */
export function readAttachment(reader: FieldReader, value: unknown): JsonValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "object") return toJson(reader, value);
  reader.fail(mismatch(value, "map, list or null"));
  return undefined;
}

function toJson(reader: FieldReader, value: unknown): JsonValue {
  if (typeof value === "bigint") {
    if (value >= 2n * INT64 || value < -INT64) reader.fail("integers have 64 bits at most");
    return Number(value);
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    reader.fail("NaN and infinities are no JSON values");
    return 0;
  }
  if (typeof value !== "object" || value === null) return value as JsonValue;
  if (Array.isArray(value)) return value.map((item, index) => reader.at(index, () => toJson(reader, item)));
  if (NON_TEXT_KEYS.has(value)) reader.fail("keys must be text");
  const object: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    setOwn(
      object,
      key,
      reader.at(key, () => toJson(reader, item)),
    );
  }
  return object as JsonObject;
}
