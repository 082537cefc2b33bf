import { randomUUID } from "node:crypto";
import { Message } from "../message.js";
import { readJson } from "../read-json.js";

type Context = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;

/**
 * The context of an OFREP request. OpenFeature's contexts hold any JSON value: what is no text counts as its JSON text,
 * and `null` as the empty one.
 * @param text the request body as it came
 * @param flags what the property `flags` is: a property like others, or the keys to evaluate, which are a text
 * @throws VexilError VEXIL_VALIDATION_REQUEST
 */
export function ofrepContext(message: Message, text: string, flags: "property" | "keys"): Context {
  const value = message.raw("context");
  // Says what a context may not be, too.
  if (typeof value !== "object" || Array.isArray(value)) return message.stringMap("context");
  const fields = value as Fields;
  if (isPlain(fields)) return fields;
  if (flags === "keys" && fields.flags !== null) new Message(fields).optionalString("flags");
  return isRounded(text) ? exactTexts(text) : textsOf(fields, jsonText);
}

/** Nearly every context is a map of texts: the parsed object itself will do. */
function isPlain(fields: Fields): fields is Context {
  for (const name of Object.keys(fields)) if (typeof fields[name] !== "string") return false;
  return true;
}

function textsOf(fields: Fields, textOf: (value: unknown) => string): Context {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, textOf(value)]));
}

function jsonText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null ? "" : JSON.stringify(value);
}

/** Numbers of this many digits may have lost some when they were parsed: ids of 64 bits, above all. */
const LONG = /\d{16}/;
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

function isRounded(text: string): boolean {
  return LONG.test(text);
}

/** The same with every digit of long integers: they are read as texts that are marked, and written as numbers again. */
function exactTexts(text: string): Context {
  const mark = randomUUID();
  const marked = text.replace(TEXT_OR_NUMBER, (token) => (isInexact(token) ? `"${mark}${token}"` : token));
  const fields = new Message(readJson(marked)).raw("context") as Fields;
  const isMarked = new RegExp(`"${mark}(-?\\d+)"`, "g");
  return textsOf(fields, (value) => {
    if (typeof value === "string") return value.startsWith(mark) ? value.slice(mark.length) : value;
    return jsonText(value).replace(isMarked, "$1");
  });
}

function isInexact(token: string): boolean {
  return /^-?\d{16,}$/.test(token) && BigInt(Number(token)) !== BigInt(token);
}
