import { KEY, NOT_EMPTY } from "./field-reader.js";

/** A JSON Schema (2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The dialect, in which these schemas and that of the configuration are written. */
export const DRAFT = "https://json-schema.org/draft/2020-12/schema";

export const KEY_TEXT: JsonSchema = { type: "string", pattern: KEY.source };
export const FILLED_TEXT: JsonSchema = { type: "string", pattern: NOT_EMPTY.source };
export const DESCRIPTION: JsonSchema = { type: ["string", "null"], description: "For people." };
export const PERCENT: JsonSchema = { type: "number", minimum: 0, maximum: 100 };

/**
 * A map that has fields of a reader and no others.
 * @param known the fields that the reader takes; one without a schema does not compile
 */
export function map<Field extends string>(
  known: ReadonlySet<Field>,
  schemas: Readonly<Record<Field, JsonSchema>>,
  required: readonly NoInfer<Field>[] = [],
): JsonSchema {
  const properties = Object.fromEntries([...known].map((field) => [field, schemas[field]]));
  return { type: "object", additionalProperties: false, ...(required.length > 0 && { required }), properties };
}

export function described(schema: JsonSchema, description: string): JsonSchema {
  return { ...schema, description };
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** Asks for more of what meets a condition, or of what does not. */
export function when(condition: JsonSchema, more: JsonSchema, otherwise: JsonSchema = {}): JsonSchema {
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own word
  return { if: condition, then: more, else: otherwise };
}

export function part(name: string): JsonSchema {
  return { $ref: `#/$defs/${name}` };
}
