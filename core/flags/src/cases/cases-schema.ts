import { CASES_VERSIONS, EXPECTED_REASONS } from "./read-cases.js";

const KEY = { type: "string", pattern: "^[-_,A-Za-z0-9]+$" };
const PERCENT = { type: "number", minimum: 0, maximum: 100 };

/** JSON Schema of a tests file, for editors. */
export function casesJsonSchema(): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Vexil tests of flags",
    description: "features.test.yaml: what flags of the features file beside it have to answer",
    type: "object",
    additionalProperties: false,
    required: ["version", "tests"],
    properties: {
      version: { enum: CASES_VERSIONS },
      namespace: { ...KEY, description: "Namespace of the cases that name none." },
      tests: { type: "array", items: { $ref: "#/$defs/case" } },
    },
    $defs: { case: CASE, expectation: EXPECTATION, share: SHARE },
  };
}

const CASE = {
  type: "object",
  additionalProperties: false,
  required: ["name", "flag", "expect"],
  properties: {
    name: { type: "string", minLength: 1, description: "What the case shows, as reports name it." },
    namespace: { ...KEY, description: "Needed where several namespaces of the features file have the flag." },
    flag: KEY,
    entity: { type: "string", description: "The entity that asks; not beside a share." },
    context: {
      type: "object",
      additionalProperties: { type: ["string", "number", "boolean"] },
      description: "What is known of the entity.",
    },
    expect: { $ref: "#/$defs/expectation" },
  },
};

const EXPECTATION = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  properties: {
    enabled: { type: "boolean", description: "The value of a boolean flag." },
    variant: { type: "string", description: "Key of the variant; empty for none." },
    attachment: { type: ["object", "array", "null"], description: "The variant's attachment; null for none." },
    reason: { enum: EXPECTED_REASONS },
    segments: { type: "array", items: KEY, description: "Segments that matched, in any order." },
    share: { $ref: "#/$defs/share" },
  },
};

const SHARE = {
  type: "object",
  additionalProperties: false,
  required: ["from", "to"],
  oneOf: [{ required: ["enabled"] }, { required: ["variant"] }],
  properties: { enabled: { type: "boolean" }, variant: { type: "string" }, from: PERCENT, to: PERCENT },
  description: "Percent of all entities with this context that get the value.",
};
