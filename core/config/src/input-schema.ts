import { z } from "zod";

/** Schemas of the accepted input, by those that decide while they decode and cannot tell themselves. */
export const acceptedBy = new WeakMap<z.core.$ZodType, z.core.$ZodType>();

/** The JSON Schema (2020-12) of what a schema accepts. */
export function inputSchema(schema: z.core.$ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      const accepted = acceptedBy.get(zodSchema);
      if (accepted !== undefined) Object.assign(jsonSchema, inputSchema(accepted));
      const { def } = zodSchema._zod;
      if (def.type !== "object") return;
      // No key has to be there; what must be given together is the loader's to check.
      delete jsonSchema.required;
      if (def.catchall === undefined) jsonSchema.additionalProperties = false;
    },
  });
  return made;
}
