import {
  DRAFT,
  described,
  FILLED_TEXT,
  type JsonSchema,
  KEY_TEXT,
  listOf,
  map,
  PERCENT,
  part,
  when,
} from "../read/schema-parts.js";
import {
  CASE_FIELDS,
  CASES_VERSIONS,
  EXPECT_FIELDS,
  EXPECTED_REASONS,
  FILE_FIELDS,
  MOST_CASES,
  SHARE_FIELDS,
} from "./read-cases.js";

/** JSON Schema of a tests file, for editors: made of the fields and choices of its reader. */
export function casesJsonSchema(): JsonSchema {
  return {
    $schema: DRAFT,
    title: "Vexil tests of flags",
    description: "features.test.yaml: what flags of the features file beside it have to answer",
    ...map(
      FILE_FIELDS,
      {
        version: { enum: CASES_VERSIONS, description: "Version of the format, in quotes." },
        namespace: described(KEY_TEXT, "Namespace of the cases that name none."),
        tests: { ...listOf(part("case")), maxItems: MOST_CASES },
      },
      ["version", "tests"],
    ),
    $defs: { case: CASE, expectation: EXPECTATION, share: SHARE },
  };
}

const CASE: JsonSchema = {
  ...map(
    CASE_FIELDS,
    {
      name: described(FILLED_TEXT, "What the case shows, as reports name it."),
      namespace: described(KEY_TEXT, "Needed where several namespaces of the features file have the flag."),
      flag: KEY_TEXT,
      entity: { type: "string", description: "The entity that asks; not beside a share." },
      context: {
        type: "object",
        additionalProperties: { type: ["string", "number", "boolean"] },
        description: "What is known of the entity.",
      },
      expect: part("expectation"),
    },
    ["name", "flag", "expect"],
  ),
  ...when(
    { properties: { expect: { type: "object", required: ["share"] } } },
    { properties: { entity: false } },
    { required: ["entity"] },
  ),
};

const EXPECTATION: JsonSchema = {
  ...map(EXPECT_FIELDS, {
    enabled: { type: "boolean", description: "The value of a boolean flag." },
    variant: { type: "string", description: "Key of the variant; empty for none." },
    attachment: { type: ["object", "array", "null"], description: "The variant's attachment; null for none." },
    reason: { enum: EXPECTED_REASONS },
    segments: described(listOf(KEY_TEXT), "Segments that matched, in any order."),
    share: part("share"),
  }),
  minProperties: 1,
  ...when({ required: ["share"] }, { maxProperties: 1 }),
};

const SHARE: JsonSchema = {
  ...map(SHARE_FIELDS, { enabled: { type: "boolean" }, variant: { type: "string" }, from: PERCENT, to: PERCENT }, [
    "from",
    "to",
  ]),
  oneOf: [{ required: ["enabled"] }, { required: ["variant"] }],
  description: "Percent of all entities with this context that get the value.",
};
