import { type SettingsLayout, secretText, text } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** The compatible system's type of credential that no plugin stands behind yet. */
export const GITHUB_APP = "github_app";

const schema = z
  .object({
    client_id: text().optional(),
    installation_id: text().optional(),
    private_key_path: text().optional(),
    private_key_bytes: secretText().optional(),
    api_url: text().optional(),
  })
  .superRefine((section, context) => {
    const issue = (message: string): void =>
      context.addIssue({ code: "custom", message: `github_app credentials: github app credentials: ${message}` });
    if (!section.client_id) issue("client_id non-empty value is required");
    if (!section.installation_id) issue("installation_id non-empty value is required");
    if (!section.private_key_path === !section.private_key_bytes?.reveal()) {
      issue("private_key please provide exclusively one of private_key_bytes or private_key_path");
    }
  });

/** Its settings, which are checked as the compatible system does; a storage that names it stops the start. */
export const githubApp: SettingsLayout = {
  schema,
  block: "github_app",
  missing: "github app configuration non-empty value is required",
  compatible: true,
};
