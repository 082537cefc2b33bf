import { configJsonSchema } from "@vexil/config/json-schema";
import { casesJsonSchema } from "@vexil/flags/cases/cases-schema";
import { featuresJsonSchema } from "@vexil/flags/read/features-schema";

/** JSON Schemas (2020-12) of the files that people write, by the names that they are printed, served and packed under. */
export const SCHEMAS = {
  config: configJsonSchema,
  features: featuresJsonSchema,
  tests: casesJsonSchema,
} as const;

export type SchemaName = keyof typeof SCHEMAS;

export const SCHEMA_NAMES = Object.keys(SCHEMAS) as readonly SchemaName[];

const texts = new Map<SchemaName, string>();

/** The text of a schema; it is made once. */
export function schemaText(name: SchemaName): string {
  const text = texts.get(name) ?? `${JSON.stringify(SCHEMAS[name](), null, 2)}\n`;
  texts.set(name, text);
  return text;
}
