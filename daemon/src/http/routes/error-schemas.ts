import { z } from "zod";

/** The body of an error. */
export const errorSchema = z.object({ code: z.int(), message: z.string(), details: z.array(z.never()) });

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
