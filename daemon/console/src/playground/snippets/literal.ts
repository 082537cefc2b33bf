/** A text between double quotes: what JSON writes means the same in each of the languages here. */
export const quoted = (text: string): string => JSON.stringify(text).replace(/[\u2028\u2029]/g, escaped);

const escaped = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16)}`;

type Entries = readonly (readonly [string, string])[];

/** Entries of a map as their language writes them, both sides quoted already. */
export const members = (entries: Entries, write: (key: string, value: string) => string): readonly string[] =>
  entries.map(([key, value]) => write(quoted(key), quoted(value)));

/** Members between brackets, one a line and with a comma after each. */
export function wrapped(open: string, lines: readonly string[], close: string, indent = "", step = "  "): string {
  if (lines.length === 0) return `${open}${close}`;
  return `${open}\n${lines.map((line) => `${indent}${step}${line},\n`).join("")}${indent}${close}`;
}

/** In a literal of JavaScript this name alone would set the prototype. */
export const scriptMember = (key: string, value: string): string =>
  key === '"__proto__"' ? `[${key}]: ${value}` : `${key}: ${value}`;
