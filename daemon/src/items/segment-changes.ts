import { RefusedError } from "../client/client-errors.js";
import type { SegmentPayload } from "../http/management/shown-segment.js";
import { readItemFile } from "./item-file.js";
import type { WriteOptions } from "./write-options.js";

/** Options that say what a segment is to be. */
export interface SegmentOptions extends WriteOptions {
  readonly file?: string;
  readonly name?: string;
  readonly description?: string;
  readonly match?: "all" | "any";
  readonly constraint: readonly string[];
}

const TYPES: Readonly<Record<string, string>> = {
  string: "STRING_COMPARISON_TYPE",
  number: "NUMBER_COMPARISON_TYPE",
  boolean: "BOOLEAN_COMPARISON_TYPE",
  datetime: "DATETIME_COMPARISON_TYPE",
  entity: "ENTITY_ID_COMPARISON_TYPE",
};

/** A segment as the options ask for it: what the file says comes first, then each option. */
export async function changedSegment(before: SegmentPayload, options: SegmentOptions): Promise<SegmentPayload> {
  const { file, name, description, match, constraint } = options;
  const fields = file === undefined ? {} : await readItemFile(file, "segment", before.key);
  return {
    ...before,
    ...fields,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(match !== undefined && { matchType: `${match.toUpperCase()}_MATCH_TYPE` as SegmentPayload["matchType"] }),
    ...(constraint.length > 0 && { constraints: constraint.map(constraintOf) }),
  };
}

/** A segment that is not there yet. */
export function newSegment(key: string): SegmentPayload {
  const matchType = "ALL_MATCH_TYPE";
  return { "@type": "flipt.core.Segment", key, matchType, name: key, description: "", constraints: [] };
}

function constraintOf(text: string): SegmentPayload["constraints"][number] {
  const [type = "", property = "", operator = "", ...value] = text.trim().split(/\s+/);
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (known === undefined || property === "" || operator === "") {
    const types = Object.keys(TYPES).join(", ");
    throw new RefusedError(
      `--constraint ${JSON.stringify(text)}: write "type property operator value", type one of ${types}`,
    );
  }
  return { type: known, property, operator, value: value.join(" "), description: "" };
}
