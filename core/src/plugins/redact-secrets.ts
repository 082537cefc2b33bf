import { Secret } from "../contract/secret.js";

/** Shorter values would blank out innocent words. */
const SHORTEST = 4;

/** Blanks out every Secret of a plugin's settings in a text that the plugin made. */
export function redactSecrets(text: string, settings: unknown): string {
  let redacted = text;
  for (const value of secretValues(settings)) {
    for (const form of [value, encodeURIComponent(value)]) redacted = redacted.replaceAll(form, "[redacted]");
  }
  return redacted;
}

function secretValues(settings: unknown): readonly string[] {
  if (Secret.is(settings)) {
    const value = settings.reveal();
    return value.length < SHORTEST ? [] : [value, ...passwordOf(value)];
  }
  if (typeof settings !== "object" || settings === null) return [];
  return Object.values(settings).flatMap(secretValues);
}

/** A secret that is a URL hides its password, too. */
function passwordOf(value: string): readonly string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  return password.length < SHORTEST ? [] : [password, safelyDecoded(password)];
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
