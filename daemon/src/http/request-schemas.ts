import { z } from "zod";

/** A key that files may hold. */
export const KEY_SCHEMA: z.ZodString = z.string().regex(/^[-_,A-Za-z0-9]{1,200}$/);
/** Names have one line at most. */
export const NAME_SCHEMA: z.ZodString = z.string().regex(/^[^\n]*$/);

/**
 * The schema of a request message, as lenient as messages are read: `null` stands for an optional
 * field that is not set, and for a message without fields; fields that nobody knows are ignored. That a field may go by
 * its snake_case name is said once for the whole description.
 */
export function messageSchema(optional: z.ZodRawShape, required: z.ZodRawShape = {}): z.ZodType {
  const shape = Object.fromEntries(Object.entries(optional).map(([name, field]) => [name, z.nullish(field)]));
  const message = z.object({ ...required, ...shape });
  return Object.keys(required).length === 0 ? message.nullable() : message;
}

/** An enumeration as requests may give it: by name, or by number. */
export function enumerationSchema<const Name extends string>(names: readonly [Name, ...Name[]]): z.ZodType {
  return z.union([
    z.enum(names),
    z
      .int()
      .min(0)
      .max(names.length - 1),
  ]);
}

/**
 * A key of things of which not all will do, which no pattern tells: the format says which, in words. A key of another
 * thing is an error 400.
 */
export function keyOf(kind: string, schema: z.ZodString = z.string()): z.ZodType {
  return schema.meta({ format: kind });
}
