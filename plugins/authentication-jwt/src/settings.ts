import { list, path, type SettingsLayout, text, textMap } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** Facts about a person that a claim can hold. */
export const ATTRIBUTES = ["email", "sub", "picture", "name", "role"] as const;

/** Keys beside `enabled` of `authentication.methods.jwt`. */
export const jwtSettings = z
  .strictObject({
    jwks_url: text().optional().describe("Address of the issuer's keys."),
    public_key_file: path().optional().describe("PEM file with the issuer's public key, instead."),
    validate_claims: z
      .object({
        issuer: text().optional().describe("What iss must be."),
        subject: text().optional().describe("What sub must be."),
        audiences: list().optional().describe("One of them must be in aud."),
      })
      .optional(),
    claims_mapping: textMap().optional().describe("Attribute → JSON Pointer of the claim that holds it."),
  })
  .superRefine(({ jwks_url: url, public_key_file: file, claims_mapping: mapping = {} }, context) => {
    const issue = (key: string, message: string): void =>
      context.addIssue({ code: "custom", path: [key], message: `authentication: jwt: ${message}` });
    const one = "exactly one of jwks_url or public_key_file must be provided";
    if (!url && !file) issue("jwks_url", `one of jwks_url or public_key_file is required (${one})`);
    if (url && file) issue("jwks_url", `only one of jwks_url or public_key_file can be set (${one})`);
    if (url && !/^https?:\/\/[^/]/.test(url) && !url.startsWith("${")) {
      issue("jwks_url", `"${url.slice(0, 200)}" is no address that begins with https:// or http://`);
    }
    for (const [key, pointer] of Object.entries(mapping)) {
      if (!ATTRIBUTES.some((known) => known === key)) {
        issue("claims_mapping", `invalid claim key '${key}' (one of ${ATTRIBUTES.join(", ")})`);
      } else if (pointer !== "" && !pointer.startsWith("/")) {
        issue("claims_mapping", `claims_mapping.${key}: "${pointer}" is no JSON Pointer such as /user/${key}`);
      }
    }
  });

export type JwtSettings = z.output<typeof jwtSettings>;

export default { schema: jwtSettings, compatible: true } satisfies SettingsLayout;
