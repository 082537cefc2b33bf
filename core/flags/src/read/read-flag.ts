import type { Distribution, Flag, FlagType, Rule, SegmentOperator, Variant } from "./document.js";
import { type FieldReader, mismatch } from "./field-reader.js";
import { type FormatVersion, isAtLeast } from "./format-version.js";
import { readAttachment, readMetadata } from "./read-json-value.js";
import { readRollout } from "./read-rollout.js";
import { readSegmentOperator } from "./read-segment-operator.js";

const FLAG_TEXTS = ["key", "name", "type", "enabled", "description"] as const;
export const FLAG_FIELDS = new Set([...FLAG_TEXTS, "metadata", "variants", "rules", "rollouts"] as const);
export const VARIANT_FIELDS = new Set(["key", "name", "description", "attachment", "default"] as const);
export const RULE_FIELDS = new Set(["segment", "distributions", "rank"] as const);
export const REFERENCE_FIELDS = new Set(["keys", "operator"] as const);
export const DISTRIBUTION_FIELDS = new Set(["variant", "rollout"] as const);
export const FLAG_TYPES: readonly FlagType[] = ["VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE"];

/** Choices that a document's version and syntax allow. */
export interface Dialect {
  readonly version: FormatVersion;
  readonly json: boolean;
}

export function readFlag(reader: FieldReader, value: unknown, dialect: Dialect): Flag | undefined {
  const fields = reader.fields(value, FLAG_FIELDS);
  if (fields === undefined) return undefined;
  const { version } = dialect;
  if (!isAtLeast(version, "1.1")) reader.forbid(fields, "type", "field not allowed before version 1.1");
  if (!isAtLeast(version, "1.3")) reader.forbid(fields, "metadata", "field not allowed before version 1.3");
  const type = reader.choice(fields, "type", FLAG_TYPES, "VARIANT_FLAG_TYPE");
  if (type === "VARIANT_FLAG_TYPE") reader.forbid(fields, "rollouts", "field not allowed in a variant flag");
  const metadata =
    fields.metadata === undefined ? undefined : reader.at("metadata", () => readMetadata(reader, fields.metadata));
  return {
    key: reader.key(fields, "key"),
    name: reader.required(fields, "name"),
    type,
    description: reader.description(fields),
    enabled: reader.boolean(fields, "enabled"),
    ...(metadata === undefined ? {} : { metadata }),
    variants: reader.list(fields, "variants", (item) => readVariant(reader, item, version)),
    rules: reader.list(fields, "rules", (item) => readRule(reader, item, dialect)),
    rollouts: reader.list(fields, "rollouts", (item) => readRollout(reader, item)),
  };
}

function readVariant(reader: FieldReader, value: unknown, version: FormatVersion): Variant | undefined {
  const fields = reader.fields(value, VARIANT_FIELDS);
  if (fields === undefined) return undefined;
  if (!isAtLeast(version, "1.3")) reader.forbid(fields, "default", "field not allowed before version 1.3");
  const attachment = reader.at("attachment", () => readAttachment(reader, fields.attachment));
  return {
    key: reader.required(fields, "key"),
    name: reader.name(fields, "name"),
    description: reader.description(fields),
    ...(attachment === undefined ? {} : { attachment }),
    default: reader.boolean(fields, "default"),
  };
}

function readRule(reader: FieldReader, value: unknown, dialect: Dialect): Rule | undefined {
  const fields = reader.fields(value, RULE_FIELDS);
  if (fields === undefined) return undefined;
  if (fields.rank !== undefined) reader.integer(fields, "rank");
  const reference = reader.at("segment", () => readReference(reader, fields.segment, dialect));
  return {
    ...reference,
    distributions: reader.list(fields, "distributions", (item) => readDistribution(reader, item)),
  };
}

function readReference(
  reader: FieldReader,
  value: unknown,
  dialect: Dialect,
): { segments: readonly string[]; segmentOperator: SegmentOperator } {
  const none = { segments: [], segmentOperator: "OR_SEGMENT_OPERATOR" } as const;
  if (value === undefined) reader.fail("field is required but not present");
  else if (typeof value === "string" && !dialect.json) {
    const key = reader.keyItem(value);
    return key === undefined ? none : { ...none, segments: [key] };
  } else if (typeof value === "string" || value === null) reader.fail(mismatch(value, "map"));
  else {
    const fields = reader.fields(value, REFERENCE_FIELDS);
    if (fields === undefined) return none;
    if (dialect.json && fields.keys === undefined)
      reader.at("keys", () => reader.fail("field is required but not present"));
    return {
      segments: reader.list(fields, "keys", (item) => reader.keyItem(item)),
      segmentOperator: readSegmentOperator(reader, fields),
    };
  }
  return none;
}

function readDistribution(reader: FieldReader, value: unknown): Distribution | undefined {
  const fields = reader.fields(value, DISTRIBUTION_FIELDS);
  if (fields === undefined) return undefined;
  return { variant: reader.required(fields, "variant"), rollout: reader.number(fields, "rollout", 0, 100) };
}
