import { z } from "zod";

/** `storage.<id>.backend` of a local storage. */
export const schema = z.strictObject({
  /** A repository, a folder of features files, or an empty or missing directory, as seen from the working directory. */
  path: z.string({ error: "local path non-empty value is required" }).min(1, "local path non-empty value is required"),
  /** Notice changes at once instead of at the next rebuild. */
  watch: z.boolean().default(true),
});

export type Settings = z.output<typeof schema>;
