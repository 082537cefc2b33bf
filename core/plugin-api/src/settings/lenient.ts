import { z } from "zod";
import { parseDuration } from "../duration.js";
import { bytes as sizeInBytes } from "../fields.js";
import { Secret } from "../secret.js";
import { fieldInfo } from "./field-info.js";

// The lenient types of the compatible system: a value may stand there in another type that says the
// same. Each brings its own JSON Schema, since what is accepted cannot be told from a transform.

const REFERENCE = { type: "string", pattern: "^\\$\\{(env|secret|credential):[^}]+\\}$" };

type Reader<T> = (value: unknown, fail: (reason: string) => void) => T | undefined;

function field<T>(accepts: string, jsonSchema: Readonly<Record<string, unknown>>, reader: Reader<T>): z.ZodType<T> {
  const schema = z
    .unknown()
    .meta(jsonSchema)
    .transform((value, context): T => {
      let failed = false;
      const result = reader(value, (message) => {
        failed = true;
        context.addIssue({ code: "custom", message });
      });
      if (result !== undefined && !failed) return result;
      if (!failed) context.addIssue({ code: "custom", message: `expected ${accepts}, got ${nameOf(value)}` });
      return z.NEVER;
    });
  fieldInfo.add(schema, { accepts });
  return schema;
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  return typeof value === "object" ? "a map" : typeof value === "string" ? JSON.stringify(value) : String(value);
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(["1", "t", "T", "true", "TRUE", "True"].map((text) => [text, true])),
  ...Object.fromEntries(["0", "f", "F", "false", "FALSE", "False", ""].map((text) => [text, false])),
};

/**
 * `true` or `false`, also as `1`, `0`, `t`, `f` and as text.
 * @example tls: boolean().prefault(false)
 */
export function boolean(): z.ZodType<boolean> {
  const texts = Object.keys(BOOLEANS).filter((text) => text !== "");
  const anyOf = [{ type: "boolean" }, { enum: [0, 1, ...texts] }, REFERENCE];
  return field("true or false", { anyOf }, (value) => {
    if (typeof value === "boolean") return value;
    if (typeof value === "number") return value !== 0;
    return typeof value === "string" ? BOOLEANS[value] : undefined;
  });
}

/**
 * A whole number, also as text; an empty text is 0.
 * @example workers: integer(1, 64)
 */
export function integer(minimum: number, maximum: number): z.ZodType<number> {
  const accepts = `a whole number from ${minimum} to ${maximum}`;
  const anyOf = [{ type: "integer", minimum, maximum }, { type: "string", pattern: "^\\d*$" }, REFERENCE];
  return field(accepts, { anyOf }, (value) => {
    const text = typeof value === "number" || typeof value === "string" ? String(value).trim() : "x";
    const number = text === "" ? 0 : Number(text);
    return Number.isInteger(number) && number >= minimum && number <= maximum ? number : undefined;
  });
}

function readText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint"
    ? String(value)
    : undefined;
}

const TEXT = { anyOf: [{ type: "string" }, { type: "number" }, { type: "boolean" }] };

/**
 * Text, also given as a number or a boolean.
 * @example user: text().prefault("git")
 */
export function text(): z.ZodType<string> {
  return field("text", TEXT, readText);
}

/**
 * One of some words, in any case.
 * @example mode: word("strict", "lenient")
 */
export function word<const W extends string>(...words: readonly W[]): z.ZodType<W> {
  const anyOf = [{ enum: words }, { type: "string", pattern: `^(?:${words.map(anyCase).join("|")})$` }, REFERENCE];
  const accepts = words.length === 1 ? `"${words[0]}"` : `one of ${words.join(", ")}`;
  return field(accepts, { anyOf }, (value) => words.find((known) => known === String(value).trim().toLowerCase()));
}

function anyCase(known: string): string {
  return [...known].map((char) => (/[a-z]/.test(char) ? `[${char}${char.toUpperCase()}]` : char)).join("");
}

/**
 * Text that is never shown. It may come as a reference, which the loader resolves.
 * @example password: secretText().optional()
 */
export function secretText(): z.ZodType<Secret> {
  const schema = field("text", TEXT, (value) => {
    if (Secret.is(value)) return value;
    const read = readText(value);
    return read === undefined ? undefined : new Secret(read);
  });
  fieldInfo.add(schema, { accepts: "text", secret: true });
  return schema;
}

/**
 * A list of texts, also as one text split on white space, or one value.
 * @example hosts: list().prefault([])
 */
export function list(): z.ZodType<readonly string[]> {
  const anyOf = [...TEXT.anyOf, { type: "array", items: TEXT }];
  return field("a list of texts", { anyOf }, (value) => {
    if (typeof value === "string") return value.split(/\s+/).filter((part) => part !== "");
    const items = (Array.isArray(value) ? value : [value]).map(readText);
    return items.every((item) => item !== undefined) ? (items as string[]) : undefined;
  });
}

/**
 * A duration in Go's syntax, in milliseconds. A bare number is nanoseconds.
 * @example timeout: duration().prefault("5s") // 5000
 */
export function duration(): z.ZodType<number> {
  const anyOf = [
    { type: "string", pattern: "^[-+]?(?:(?:\\d+\\.?\\d*|\\.\\d+)(?:ns|us|µs|μs|ms|s|m|h))+$|^0$" },
    { type: "integer", description: "nanoseconds" },
    REFERENCE,
  ];
  const accepts = 'a duration such as "30s" or "1m30s"';
  const schema = field(accepts, { anyOf }, (value, fail) => {
    if (typeof value !== "string" && typeof value !== "number") return undefined;
    const result = parseDuration(value);
    if (typeof result === "number") return result;
    fail(`${result} (write it like "30s" or "1m30s")`);
    return undefined;
  });
  // Decoded it is a bare number, which would be nanoseconds.
  const written = (ms: unknown): unknown => (typeof ms === "number" ? `${ms.toFixed(6)}ms` : ms);
  fieldInfo.add(schema, { accepts, written });
  return schema;
}

/**
 * Hint for a duration that is too short, when it likely lacks its unit.
 * @param ms as decoded
 * @example unitHint(0.00003) // what to write instead of `30`
 */
export function unitHint(ms: number): string {
  if (ms <= 0 || ms >= 1) return "";
  const given = Math.round(ms * 1e6);
  return `; ${given} without a unit is ${given} nanoseconds, write it like "${given}s"`;
}

/**
 * A size such as `512MB`, in bytes.
 * @example max_size: size().prefault("16MB")
 */
export function size(): z.ZodType<number> {
  const anyOf = [
    { type: "integer", minimum: 0 },
    { type: "string", pattern: "^\\s*\\d+(\\.\\d+)?\\s*([kKmMgG][iI]?)?[bB]?\\s*$" },
    REFERENCE,
  ];
  return field("a size such as 512MB or 16MiB", { anyOf }, (value) => {
    const result = sizeInBytes().safeParse(value);
    return result.success ? result.data : undefined;
  });
}

/**
 * A map of texts.
 * @example metadata: textMap().optional()
 */
export function textMap(): z.ZodType<Readonly<Record<string, string>>> {
  return z.record(z.string(), text());
}

/**
 * Anything: accepted, and ignored. `meaning` is the warning's text.
 * @example tracing: later("Traces are not exported.")
 */
export function later(meaning: string): z.ZodOptional<z.ZodUnknown> {
  const schema = z.unknown().meta({ description: `Accepted for compatibility. ${meaning}` });
  fieldInfo.add(schema, { later: meaning });
  return schema.optional();
}

/**
 * A file or directory; the host makes it absolute, as seen from the working directory.
 * @example ca_cert_path: path().optional()
 */
export function path(): z.ZodType<string> {
  const schema = text();
  fieldInfo.add(schema, { accepts: "text", path: true });
  return schema;
}

/**
 * A file that holds the secret of another setting. The host reads it, again whenever it changes, and gives that setting.
 * @example password_file: secretFile("password").optional()
 */
export function secretFile(of: string): z.ZodType<string> {
  const schema = text();
  fieldInfo.add(schema, { accepts: "text", path: true, secretOf: of });
  return schema;
}
