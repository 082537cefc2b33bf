import { statSync } from "node:fs";
import { boolean, text } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { configError } from "../config-error.js";

const other = z
  .looseObject({ enabled: boolean().prefault(false) })
  .optional()
  .describe("Accepted for compatibility. Not supported yet: a reference to it stops the start.");

export const secrets = z
  .object({
    providers: z
      .object({
        file: z
          .object({
            enabled: boolean().prefault(false),
            base_path: text().optional().describe("Directory whose files are the secrets."),
          })
          .prefault({}),
        vault: other,
        gcp: other,
        aws: other,
        azure: other,
      })
      .prefault({}),
  })
  .prefault({});

export type SecretsSection = z.output<typeof secrets>;

/** The directory that secrets are read from is there. @throws VexilError VEXIL_VALIDATION_CONFIG */
export function checkSecrets(section: SecretsSection, resolvePath: (path: string) => string): void {
  const { file } = section.providers;
  if (!file.enabled) return;
  if (!file.base_path)
    throw configError("secrets.providers.file: base_path non-empty value is required", undefined, [
      "secrets",
      "providers",
      "file",
      "base_path",
    ]);
  try {
    if (statSync(resolvePath(file.base_path)).isDirectory()) return;
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file or directory" : "cannot be read";
    throw configError(`secrets.providers.file: checking base path: ${file.base_path}: ${reason}`, error);
  }
  throw configError(`secrets.providers.file: checking base path: ${file.base_path}: not a directory`);
}
