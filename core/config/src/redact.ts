import { Secret } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

const MAXIMUM_DEPTH = 6;

/** User information and query out of every URL in a text. */
export function redactText(text: string): string {
  if (!text.includes("://")) return text;
  return text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi, "$1")
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s?#"'<>]*)\?[^\s#"'<>]*/gi, "$1");
}

/** The fields of a line as they may be seen: Secrets and what URLs hold of them redacted, errors as code and message. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactMap(fields, 0);
}

function redactMap(map: object, depth: number): Record<string, unknown> {
  const redacted: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(map)) {
    if (value !== undefined) redacted[key] = redactValue(value, depth + 1);
  }
  return redacted;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (Secret.is(value)) return String(value);
  if (value instanceof Date) return value;
  if (VexilError.is(value)) return { code: value.code, message: redactText(value.message) };
  if (value instanceof Error) return { name: value.name, message: redactText(value.message) };
  if (depth >= MAXIMUM_DEPTH) return "[…]";
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  if (value instanceof Set) return [...value].map((item) => redactValue(item, depth + 1));
  return redactMap(value instanceof Map ? Object.fromEntries(value) : value, depth);
}
