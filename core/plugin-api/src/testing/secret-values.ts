import { Secret } from "../secret.js";

/** The values of all Secrets in validated settings; short ones, which may be innocent words, left out. */
export function secretValues(settings: unknown): readonly string[] {
  if (Secret.is(settings)) {
    const value = settings.reveal();
    const password = URL.canParse(value) ? decodeURIComponent(new URL(value).password) : "";
    return [value, password].filter((text) => text.length >= 6);
  }
  if (typeof settings !== "object" || settings === null) return [];
  return Object.values(settings).flatMap(secretValues);
}
