import type { Rollout } from "./document.js";
import type { FieldReader } from "./field-reader.js";
import { readSegmentOperator } from "./read-segment-operator.js";

export const ROLLOUT_FIELDS = new Set(["description", "segment", "threshold"] as const);
export const SEGMENT_STEP_FIELDS = new Set(["key", "keys", "operator", "value"] as const);
export const THRESHOLD_FIELDS = new Set(["percentage", "value"] as const);

/** One step of a boolean flag. With neither segment nor threshold it is skipped when flags are evaluated. */
export function readRollout(reader: FieldReader, value: unknown): Rollout | undefined {
  const fields = reader.fields(value, ROLLOUT_FIELDS);
  if (fields === undefined) return undefined;
  const description = reader.description(fields);
  if (fields.segment !== undefined && fields.threshold !== undefined) {
    reader.fail("a rollout has a segment or a threshold, not both");
  }
  if (fields.segment !== undefined) {
    const segment = reader.at("segment", () => readSegmentStep(reader, fields.segment));
    return segment === undefined ? undefined : { description, segment };
  }
  if (fields.threshold !== undefined) {
    const threshold = reader.at("threshold", () => readThreshold(reader, fields.threshold));
    return threshold === undefined ? undefined : { description, threshold };
  }
  return { description };
}

function readSegmentStep(reader: FieldReader, value: unknown): Rollout["segment"] {
  const fields = reader.fields(value, SEGMENT_STEP_FIELDS);
  if (fields === undefined) return undefined;
  if ((fields.key === undefined) === (fields.keys === undefined)) reader.fail("either key or keys is required");
  return {
    segments:
      fields.keys === undefined
        ? [reader.key(fields, "key")]
        : reader.list(fields, "keys", (item) => reader.keyItem(item)),
    segmentOperator: readSegmentOperator(reader, fields),
    value: reader.boolean(fields, "value"),
  };
}

function readThreshold(reader: FieldReader, value: unknown): Rollout["threshold"] {
  const fields = reader.fields(value, THRESHOLD_FIELDS);
  if (fields === undefined) return undefined;
  return { percentage: reader.number(fields, "percentage"), value: reader.boolean(fields, "value") };
}
