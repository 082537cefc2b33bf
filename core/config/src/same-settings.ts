import { Secret } from "@vexil/plugin-api";

/** Tells whether two parts of configurations mean the same; secrets are compared by what they hide. */
export function sameSettings(left: unknown, right: unknown): boolean {
  return settingsText(left) === settingsText(right);
}

function settingsText(value: unknown): string {
  return JSON.stringify(value, function replace(this: unknown, key: string, shown: unknown) {
    // JSON.stringify has called toJSON already, which hides a secret: look at the original.
    const original = (this as Record<string, unknown>)[key];
    if (Secret.is(original)) return `secret ${original.reveal()}`;
    return shown instanceof Map ? [...shown] : shown;
  });
}
