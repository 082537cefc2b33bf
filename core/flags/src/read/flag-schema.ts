import {
  DISTRIBUTION_FIELDS,
  FLAG_FIELDS,
  FLAG_TYPES,
  REFERENCE_FIELDS,
  RULE_FIELDS,
  VARIANT_FIELDS,
} from "./read-flag.js";
import { ROLLOUT_FIELDS, SEGMENT_STEP_FIELDS, THRESHOLD_FIELDS } from "./read-rollout.js";
import { SEGMENT_OPERATORS } from "./read-segment-operator.js";
import {
  DESCRIPTION,
  described,
  FILLED_TEXT,
  type JsonSchema,
  KEY_TEXT,
  listOf,
  map,
  PERCENT,
  part,
} from "./schema-parts.js";

const OPERATOR: JsonSchema = {
  enum: [...SEGMENT_OPERATORS, null],
  description: "Whether one of several segments is enough (OR, without it), or all are needed (AND).",
};
const VALUE: JsonSchema = { type: "boolean", description: "What the flag is then (else false)." };

/** Schemas of a flag and its parts, by the names that they refer to each other by. */
export function flagSchemas(): Readonly<Record<string, JsonSchema>> {
  return { flag: FLAG, variant: VARIANT, rule: RULE, rollout: ROLLOUT };
}

const FLAG: JsonSchema = {
  ...map(
    FLAG_FIELDS,
    {
      key: described(KEY_TEXT, "What applications ask for."),
      name: described(FILLED_TEXT, "What people call it."),
      type: { enum: FLAG_TYPES, description: "Whether it is on or off, or gives one of its variants (without it)." },
      enabled: {
        type: "boolean",
        description:
          "Of a boolean flag its value where no rollout matches; a variant flag that is off gives its default.",
      },
      description: DESCRIPTION,
      metadata: {
        type: "object",
        additionalProperties: { not: { type: "null" } },
        description: "Anything; owner, expires and permanent are read by vexil stale.",
      },
      variants: listOf(part("variant")),
      rules: described(listOf(part("rule")), "Of a variant flag, tried in order: the first that matches decides."),
      rollouts: described(
        listOf(part("rollout")),
        "Of a boolean flag, tried in order: the first that matches decides.",
      ),
    },
    ["key", "name"],
  ),
  if: { required: ["type"], properties: { type: { const: "BOOLEAN_FLAG_TYPE" } } },
  else: { properties: { rollouts: false } },
};

const VARIANT = map(
  VARIANT_FIELDS,
  {
    key: described(FILLED_TEXT, "What the flag answers."),
    name: FILLED_TEXT,
    description: DESCRIPTION,
    attachment: { type: ["object", "array", "null"], description: "Data that comes with the answer." },
    default: { type: "boolean", description: "Given where no rule matches, and while the flag is off." },
  },
  ["key"],
);

const RULE = map(
  RULE_FIELDS,
  {
    segment: {
      anyOf: [KEY_TEXT, map(REFERENCE_FIELDS, { keys: listOf(KEY_TEXT), operator: OPERATOR })],
      description: "Who it is for: a segment's key, or keys with an operator.",
    },
    distributions: listOf(map(DISTRIBUTION_FIELDS, { variant: FILLED_TEXT, rollout: PERCENT }, ["variant", "rollout"])),
    rank: { type: "integer", description: "Accepted; the order of the list counts." },
  },
  ["segment"],
);

const ROLLOUT: JsonSchema = {
  ...map(ROLLOUT_FIELDS, {
    description: DESCRIPTION,
    segment: {
      ...map(SEGMENT_STEP_FIELDS, { key: KEY_TEXT, keys: listOf(KEY_TEXT), operator: OPERATOR, value: VALUE }),
      oneOf: [{ required: ["key"] }, { required: ["keys"] }],
      description: "For those of a segment.",
    },
    threshold: {
      ...map(THRESHOLD_FIELDS, { percentage: { type: "number", description: "0 to 100." }, value: VALUE }, [
        "percentage",
      ]),
      description: "For so many percent of the entities.",
    },
  }),
  not: { required: ["segment", "threshold"] },
};
