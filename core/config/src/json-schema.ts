import { z } from "zod";
import { root } from "./sections/root.js";

/** The configuration's JSON Schema (2020-12), for editors: made from the schemas that decode it. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(root, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type !== "object") return;
      // No key has to be there; what must be given together is the loader's to check.
      delete jsonSchema.required;
      if (def.catchall === undefined) jsonSchema.additionalProperties = false;
    },
  });
  return {
    ...schema,
    title: "Vexil configuration",
    description: "Keys ignore case. A value may be ${env:NAME}, a text also ${secret:…} or ${credential:NAME}.",
  };
}
