/** Characters that a terminal takes for orders, or that turn the reading direction; not tabs and line ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const ORDERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** A text that others have written (names, messages, keys), fit for a terminal; in JSON it means the same. */
export function printable(text: string): string {
  return text.replace(ORDERS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The same of what has to stay one line, so that a name with a line break passes for no other line. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, (character) => (character === "\n" ? "\\n" : "\\t"));
}
