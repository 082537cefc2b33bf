import { type SettingsLayout, secretFile, secretText, text } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** The map `credentials.<id>.basic`. Neither user nor password: requests go out without a credential. */
export const basicSettings = z
  .strictObject({
    username: text().optional(),
    password: secretText().optional(),
    password_file: secretFile("password").optional().describe("File with the password, read again when it changes."),
  })
  .superRefine(({ username, password, password_file: file }, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message: `basic credentials: ${message}` });
    if (/[:\p{Cc}]/u.test(username ?? "")) {
      issue("username", "a user name holds neither colons nor control characters");
    }
    if (password !== undefined && file !== undefined) {
      issue("password_file", "password please provide exclusively one of password or password_file");
    }
    const hasPassword = Boolean(password?.reveal() || file);
    if (hasPassword !== Boolean(username)) {
      issue(
        username ? "password" : "username",
        "both username and password for basic auth non-empty value is required",
      );
    }
  });

export type BasicSettings = z.output<typeof basicSettings>;

export default {
  schema: basicSettings,
  block: "basic",
  missing: "basic auth configuration non-empty value is required",
  compatible: true,
} satisfies SettingsLayout;
