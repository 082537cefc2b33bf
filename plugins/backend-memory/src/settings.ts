import { path, type SettingsLayout, size } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** Keys of `storage.<id>.backend` of a memory storage. */
export const schema = z.strictObject({
  saved_state_path: path()
    .refine((file) => file !== "", "saved_state_path non-empty value is required")
    .optional()
    .describe("memory: file that keeps the last good state."),
  /** Writes beyond it are refused. */
  max_size: size().optional().describe("memory: what its objects may take together."),
});

export type Settings = z.output<typeof schema>;

export default { schema, compatible: true } satisfies SettingsLayout;
