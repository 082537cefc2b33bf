import { type SettingsLayout, secretFile, secretText } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** Keys of an `access_token` credential: the token, or the file that holds it. */
export const accessTokenSettings = z
  .strictObject({
    access_token: secretText().optional(),
    access_token_file: secretFile("access_token")
      .optional()
      .describe("File with the token, read again when it changes."),
  })
  .superRefine(({ access_token: token, access_token_file: file }, context) => {
    const issue = (message: string): void =>
      context.addIssue({ code: "custom", path: ["access_token"], message: `access token ${message}` });
    if (token !== undefined && file !== undefined) {
      issue("please provide exclusively one of access_token or access_token_file");
    } else if (!token?.reveal() && !file) issue("non-empty value is required");
  });

export type AccessTokenSettings = z.output<typeof accessTokenSettings>;

export default { schema: accessTokenSettings, compatible: true } satisfies SettingsLayout;
