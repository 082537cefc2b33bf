import { duration, type SettingsLayout, secretFile, secretText, text } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** The map `authorization.opa`. */
export const opaSettings = z
  .strictObject({
    url: text().describe("Address of the OPA server: http://127.0.0.1:8181."),
    decision: text().prefault("flipt/authz/v2/allow").describe("Path of the rule below /v1/data."),
    token: secretText().optional().describe("Sent as Bearer value."),
    token_file: secretFile("token").optional().describe("File with it, read again when it changes."),
    timeout: duration().prefault("1s").describe("For one answer, such as 500ms; what comes later is a no."),
    keep: duration().prefault("5s").describe("How long a decision is kept, such as 5s."),
  })
  .superRefine(({ url, decision, token, token_file: file, timeout, keep }, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message: `opa: ${message}` });
    if (!isAddress(url)) issue("url", `${JSON.stringify(url)} is no address like http://127.0.0.1:8181`);
    if (!/^[\w-]+(?:\/[\w-]+)*$/.test(decision)) {
      issue("decision", `${JSON.stringify(decision)} is no path like flipt/authz/v2/allow`);
    }
    if (token !== undefined && file !== undefined) issue("token_file", "give only one of token and token_file");
    if (timeout < 10 || timeout > 5000) issue("timeout", `timeout ${timeout}ms is not between 10ms and 5s`);
    if (keep < 100 || keep > 86_400_000) issue("keep", `keep ${keep}ms is not between 100ms and 24h`);
  });

export type OpaSettings = z.output<typeof opaSettings>;

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === "";
}

export default {
  schema: opaSettings,
  block: "opa",
  missing: "opa.url non-empty value is required",
} satisfies SettingsLayout;
