import { flagSchemas } from "./flag-schema.js";
import { FORMAT_VERSIONS, type FormatVersion, isAtLeast } from "./format-version.js";
import { DOCUMENT_FIELDS, NAMESPACE_FIELDS } from "./read-document.js";
import {
  DESCRIPTION,
  DRAFT,
  described,
  FILLED_TEXT,
  type JsonSchema,
  KEY_TEXT,
  listOf,
  map,
  part,
  when,
} from "./schema-parts.js";
import { segmentSchemas } from "./segment-schema.js";

const NAMESPACE: JsonSchema = {
  oneOf: [KEY_TEXT, map(NAMESPACE_FIELDS, { key: KEY_TEXT, name: FILLED_TEXT, description: DESCRIPTION })],
  description: "The namespace that the file is about: its key, or a map (else default).",
};

/**
 * JSON Schema of a document of a features file, for editors: made of the fields, choices and patterns of the readers. What
 * lies between items (a segment that is not there, a variant that a flag does not have) `vexil validate` finds alone.
 */
export function featuresJsonSchema(): JsonSchema {
  const document = map(DOCUMENT_FIELDS, {
    version: { enum: FORMAT_VERSIONS, description: "Version of the format, in quotes (else the newest)." },
    namespace: NAMESPACE,
    flags: listOf(part("flag")),
    segments: described(listOf(part("segment")), "Sets of entities, which flags name by their keys."),
  });
  return {
    $schema: DRAFT,
    title: "Vexil features",
    description: "features.yaml: the flags and segments of a namespace",
    ...document,
    type: ["object", "null"],
    allOf: [
      when(isBefore("1.1"), each("flags", { properties: { type: false } })),
      when(
        isBefore("1.3"),
        each("flags", { properties: { metadata: false, variants: { items: { properties: { default: false } } } } }),
      ),
      when(isBefore("1.6"), eachConstraint(part("textList")), eachConstraint(part("list"))),
    ],
    $defs: { ...flagSchemas(), ...segmentSchemas() },
  };
}

function isBefore(version: FormatVersion): JsonSchema {
  const older = FORMAT_VERSIONS.filter((one) => !isAtLeast(one, version));
  return { type: "object", required: ["version"], properties: { version: { enum: older } } };
}

function each(list: "flags" | "segments", item: JsonSchema): JsonSchema {
  return { properties: { [list]: { items: item } } };
}

function eachConstraint(constraint: JsonSchema): JsonSchema {
  return each("segments", { properties: { constraints: { items: constraint } } });
}
