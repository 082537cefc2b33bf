import { inputSchema } from "./input-schema.js";
import { root } from "./sections/root.js";

/** The configuration's JSON Schema (2020-12), for editors: made from the schemas that decode it. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...inputSchema(root),
    title: "Vexil configuration",
    description: "Keys ignore case. A value may be ${env:NAME}, a text also ${secret:…} or ${credential:NAME}.",
  };
}
