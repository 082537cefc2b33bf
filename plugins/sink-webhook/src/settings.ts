import { duration, integer, type SettingsLayout, secretFile, secretText, word } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { type Format, messageMaker } from "./formats.js";

const SECRET_LENGTH = 16;
/** Of one request. */
export const MOST_EVENTS = 100;

export const webhookSettings = z
  .strictObject({
    url: secretText().optional().describe("Where events are sent: https://… It is secret: many hold a token."),
    url_file: secretFile("url").optional().describe("File with it, read when the sink is made."),
    secret: secretText().optional().describe("Signs what is sent."),
    secret_file: secretFile("secret").optional().describe("File with it, read again when it changes."),
    format: word("json", "cloudevents", "slack").prefault("json").describe("Shape of what is sent."),
    batch: integer(1, MOST_EVENTS)
      .optional()
      .describe("Events of one request at most. Default: 100; of CloudEvents 1."),
    template: z
      .string()
      .optional()
      .describe(
        "Makes the message of .events, as commit_message those of commits. For json the body, for slack the text.",
      ),
    timeout: duration().prefault("10s").describe("For one delivery, answer included."),
  })
  .superRefine(({ url, secret, timeout, format, template, url_file: urlFile, secret_file: secretIn }, context) => {
    const issue = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    if (url !== undefined && urlFile !== undefined) issue("url_file", "give only one of url and url_file");
    if (secret !== undefined && secretIn !== undefined) issue("secret_file", "give only one of secret and secret_file");
    if (url === undefined && urlFile === undefined) issue("url", "non-empty value is required");
    // A reference is read later.
    const address = url?.reveal();
    if (address !== undefined && !address.startsWith("${") && !isAddress(address)) {
      issue("url", "it is no address like https://ci.example.com/hook, without user and password");
    }
    // What flags say never chooses a target.
    if (address?.includes("{{")) issue("url", "it is no template: name one address");
    const fault = template === undefined ? undefined : faultOf(format, template);
    if (fault !== undefined) issue("template", fault);
    const key = secret?.reveal();
    if (key !== undefined && !key.startsWith("${") && key.length < SECRET_LENGTH) {
      issue("secret", `a secret has at least ${SECRET_LENGTH} characters`);
    }
    if (timeout < 100 || timeout > 60_000) issue("timeout", `timeout ${timeout}ms is not between 100ms and 60s`);
  });

/** Why a template cannot be meant; undefined when it can. */
function faultOf(format: Format, template: string): string | undefined {
  if (format === "cloudevents") return "the format cloudevents has none: choose json or slack";
  try {
    messageMaker(format, template, MOST_EVENTS);
    return undefined;
  } catch (error) {
    return `invalid template: ${(error as Error).message}`;
  }
}

export type WebhookSettings = z.output<typeof webhookSettings>;

export function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}` === "";
}

export default { schema: webhookSettings, missing: "url non-empty value is required" } satisfies SettingsLayout;
