import { type SettingsLayout, secretText, text, textMap } from "@vexil/plugin-api/settings";
import { z } from "zod";

const token = z.object({
  credential: secretText().optional().describe("What the client sends as Bearer value."),
  metadata: textMap().optional().describe("Shown by /auth/v1/self."),
  name: text().optional().describe("Author of commits that are made with it."),
  email: text().optional().describe("The author's address."),
  expires_at: text().optional().describe("Time from which on it does not count, such as 2027-01-31T00:00:00Z."),
});

/** RFC 3339. */
const TIME = /^(\d{4}-\d{2}-\d{2})[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Milliseconds since 1970; undefined for a text that is no time. */
export function timeOf(text: string): number | undefined {
  const day = TIME.exec(text)?.[1];
  if (day === undefined || !isDay(day)) return undefined;
  const time = Date.parse(text.replace(" ", "T"));
  return Number.isNaN(time) ? undefined : time;
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  const day = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(day) && new Date(day).toISOString().startsWith(text);
}

/** Keys beside `enabled` of `authentication.methods.token`. */
export const tokenSettings = z
  .strictObject({
    storage: z
      .object({
        type: text().prefault("static"),
        tokens: z.record(z.string(), token).prefault({}),
      })
      .prefault({}),
  })
  .superRefine(({ storage: { type, tokens } }, context) => {
    const issue = (path: readonly string[], message: string): void =>
      context.addIssue({ code: "custom", path: ["storage", ...path], message });
    if (type !== "static") {
      issue(["type"], `storage type: authentication.method.token.storage.type unexpected type: "${type}" (static)`);
    }
    const place = "authentication.methods.token.storage.tokens";
    for (const [name, { credential, expires_at: expiresAt }] of Object.entries(tokens)) {
      if (!credential?.refreshable && !credential?.reveal()) {
        issue(["tokens", name, "credential"], `${place}.${name}.credential non-empty value is required`);
      }
      if (expiresAt !== undefined && !expiresAt.includes("${") && timeOf(expiresAt) === undefined) {
        issue(
          ["tokens", name, "expires_at"],
          `${place}.${name}.expires_at: "${expiresAt}" is no time such as 2027-01-31T00:00:00Z`,
        );
      }
    }
  });

export type TokenSettings = z.output<typeof tokenSettings>;

export default { schema: tokenSettings, compatible: true } satisfies SettingsLayout;
