import { secret } from "@vexil/plugin-api";
import { z } from "zod";

/** Settings of an `access_token` credential: the token, or the file that holds it. */
export const accessTokenSettings = z
  .strictObject({
    access_token: secret()
      .refine((token) => token.reveal() !== "", "access token non-empty value is required")
      .optional(),
    access_token_file: z.string().min(1).optional(),
  })
  .superRefine((settings, context) => {
    const given = [settings.access_token, settings.access_token_file].filter((value) => value !== undefined).length;
    if (given === 1) return;
    context.addIssue({
      code: "custom",
      path: ["access_token"],
      message:
        given === 0
          ? "access token non-empty value is required"
          : "please provide only one of access_token or access_token_file",
    });
  });

export type AccessTokenSettings = z.output<typeof accessTokenSettings>;
