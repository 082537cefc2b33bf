import { duration, integer, path, type SettingsLayout } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** A reader has an index, or a link, in its hands for moments; caches for longer. */
const SHORTEST_MS = 60_000;

export const exportSettings = z
  .strictObject({
    path: path().describe("The directory, made if it is not there. Nobody else writes there."),
    keep: integer(1, 100_000).prefault(1_000).describe("Files that the index names no more which are kept at most."),
    keep_for: duration().prefault("24h").describe("Time that they are kept."),
  })
  .superRefine(({ path: directory, keep_for: keepFor }, context) => {
    const issue = (at: string, message: string): void => context.addIssue({ code: "custom", path: [at], message });
    if (directory === "") issue("path", "non-empty value is required");
    if (keepFor < SHORTEST_MS) issue("keep_for", `${keepFor}ms is less than a minute`);
  });

export type ExportSettings = z.output<typeof exportSettings>;

export default { schema: exportSettings, missing: "path non-empty value is required" } satisfies SettingsLayout;
