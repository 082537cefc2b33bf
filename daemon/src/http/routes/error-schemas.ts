import { z } from "zod";

/** The body of an error (`http-api.md` §1.3). */
export const errorSchema = z.object({ code: z.int(), message: z.string(), details: z.array(z.never()) });

/** The body of an OFREP error (`http-api.md` §5). */
export const ofrepErrorSchema = z.object({
  key: z.string().optional(),
  errorCode: z.enum(["FLAG_NOT_FOUND", "INVALID_CONTEXT", "GENERAL"]),
  errorDetails: z.string(),
});

/** An error as a line of an NDJSON stream (`http-api.md` §4). */
export const streamErrorSchema = z.object({ error: errorSchema });

/** An error as the data of a server-sent event. */
export const eventErrorSchema = z.object({ code: z.int(), message: z.string(), type: z.literal("error") });
