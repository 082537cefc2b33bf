import { bytes } from "@vexil/plugin-api";
import { z } from "zod";

/** `storage.<id>.backend` of a memory storage. */
export const schema = z.strictObject({
  /** File that keeps the last good state, as seen from the working directory. */
  saved_state_path: z.string().min(1).optional(),
  /** Bytes that all objects may take together; writes beyond them are refused. */
  max_size: bytes().default(192 * 2 ** 20),
});

export type Settings = z.output<typeof schema>;
