import { secret } from "@vexil/plugin-api";
import { z } from "zod";

/** Settings under `credentials.<id>.basic`. Neither user nor password: requests go out without a credential. */
export const basicSettings = z
  .strictObject({
    username: z
      .string()
      .refine((name) => !/[:\p{Cc}]/u.test(name), "a user name holds neither colons nor control characters")
      .optional(),
    password: secret().optional(),
    password_file: z.string().min(1).optional(),
  })
  .superRefine((settings, context) => {
    const issue = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    if (settings.password !== undefined && settings.password_file !== undefined) {
      issue("password_file", "please provide only one of password or password_file");
    }
    const hasPassword = settings.password !== undefined || settings.password_file !== undefined;
    const hasUser = settings.username !== undefined && settings.username !== "";
    if (hasPassword !== hasUser) {
      issue(hasUser ? "password" : "username", "both username and password for basic auth non-empty value is required");
    }
  });

export type BasicSettings = z.output<typeof basicSettings>;
