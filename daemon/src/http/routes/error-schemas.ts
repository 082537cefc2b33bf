import { z } from "zod";

/** A case of a tests file that fails. */
export const failedCaseSchema = z.object({
  name: z.string(),
  flag: z.string(),
  expected: z.string(),
  got: z.string(),
});

/** The body of an error. */
export const errorSchema = z.object({
  code: z.int(),
  message: z.string(),
  /**
   * Of a change that tests beside the flags refuse, those that would fail; of several changes, those that cannot be made;
   * else none.
   */
  details: z.array(
    z.union([
      z.object({
        file: z.string(),
        line: z.int().optional(),
        column: z.int().optional(),
        namespaces: z.array(z.string()),
        test: failedCaseSchema.optional(),
        reason: z.string(),
      }),
      z.object({ change: z.int(), resource: z.string(), code: z.string(), reason: z.string() }),
    ]),
  ),
});

/** The body of an OFREP error. */
export const ofrepErrorSchema = z.object({
  key: z.string().optional(),
  errorCode: z.enum(["FLAG_NOT_FOUND", "INVALID_CONTEXT", "GENERAL"]),
  errorDetails: z.string(),
});

/** An error as a line of an NDJSON stream. */
export const streamErrorSchema = z.object({ error: errorSchema });

/** An error as the data of a server-sent event. */
export const eventErrorSchema = z.object({ code: z.int(), message: z.string(), type: z.literal("error") });
