import { boolean, path, type SettingsLayout } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** Keys of `storage.<id>.backend` of a local storage. */
export const schema = z
  .strictObject({
    /** A repository, a folder of features files, or an empty or missing directory. */
    path: path().prefault("").describe("local: the repository's directory, seen from the working directory."),
    watch: boolean().optional().describe("local: notice changes at once, not only at the rebuild every 10 s."),
  })
  .superRefine((settings, context) => {
    const message = "local path non-empty value is required";
    if (settings.path === "") context.addIssue({ code: "custom", path: ["path"], message });
  });

export type Settings = z.output<typeof schema>;

export default { schema, compatible: true, preset: { path: "." } } satisfies SettingsLayout;
