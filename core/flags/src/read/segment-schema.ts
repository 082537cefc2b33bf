import { CONSTRAINT_OPERATORS, CONSTRAINT_TYPES, isListOperator } from "./constraint-operators.js";
import { CONSTRAINT_FIELDS, MATCH_TYPES, SEGMENT_FIELDS } from "./read-segment.js";
import {
  DESCRIPTION,
  described,
  FILLED_TEXT,
  type JsonSchema,
  KEY_TEXT,
  listOf,
  map,
  part,
  when,
} from "./schema-parts.js";

const OPERATORS = [...new Set(Object.values(CONSTRAINT_OPERATORS).flat())];
const LIST_OPERATORS = OPERATORS.filter(isListOperator);

/** Schemas of a segment and its constraints; `list` and `textList`: how values of lists are written. */
export function segmentSchemas(): Readonly<Record<string, JsonSchema>> {
  return { segment: SEGMENT, constraint: CONSTRAINT, list: LIST, textList: TEXT_LIST };
}

const SEGMENT = map(
  SEGMENT_FIELDS,
  {
    key: KEY_TEXT,
    name: FILLED_TEXT,
    match_type: { enum: MATCH_TYPES, description: "Whether all constraints have to be true, or one of them." },
    description: DESCRIPTION,
    constraints: described(listOf(part("constraint")), "Without any, everybody is in the segment."),
  },
  ["key", "name", "match_type"],
);

const CONSTRAINT: JsonSchema = {
  ...map(
    CONSTRAINT_FIELDS,
    {
      type: { enum: CONSTRAINT_TYPES },
      property: described(FILLED_TEXT, "The context's property; of the entity's own id any text."),
      operator: { enum: OPERATORS },
      value: { description: "A text, numbers in quotes; a list for isoneof and isnotoneof." },
      description: DESCRIPTION,
    },
    ["type", "property", "operator"],
  ),
  allOf: [
    ...Object.entries(CONSTRAINT_OPERATORS).map(([type, operators]) =>
      when(ofType(type), { properties: { operator: { enum: operators } } }),
    ),
    when(ofList(), {}, { properties: { value: { type: "string" } } }),
  ],
};

/** From version 1.6 on. */
const LIST = when(
  ofList(),
  when(ofType("NUMBER_COMPARISON_TYPE"), valuesOf({ type: "number" }), valuesOf({ type: "string" })),
);

/** Before. */
const TEXT_LIST = when(ofList(), {
  required: ["value"],
  properties: { value: { type: "string", description: "A list as the text of JSON." } },
});

function valuesOf(item: JsonSchema): JsonSchema {
  return { properties: { value: listOf(item) } };
}

function ofType(type: string): JsonSchema {
  return { type: "object", required: ["type"], properties: { type: { const: type } } };
}

function ofList(): JsonSchema {
  return { type: "object", required: ["operator"], properties: { operator: { enum: LIST_OPERATORS } } };
}
