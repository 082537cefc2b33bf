import { VexilError } from "@vexil/plugin-api/errors";

type Fields = Readonly<Record<string, unknown>>;

/** Makes the error for a field of the wrong type. */
export type FieldFault = (field: string, expected: string) => VexilError;

const wrongType: FieldFault = () =>
  new VexilError("VEXIL_VALIDATION_REQUEST", "invalid values for key(s) in json body");

const snakeNames = new Map<string, string>();

function snakeCase(name: string): string {
  let snake = snakeNames.get(name);
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakeNames.set(name, snake);
  }
  return snake;
}

/**
 * Reads fields of a JSON request as the compatible system does: camelCase or snake_case names,
 * `null` is unset, unknown fields are ignored, a value of the wrong type is an error.
 */
export class Message {
  readonly #fields: Fields;
  readonly #fault: FieldFault;

  /** @param value a parsed JSON value; undefined and null are an empty message */
  constructor(value: unknown, fault: FieldFault = wrongType) {
    this.#fault = fault;
    if (value === undefined || value === null) this.#fields = {};
    else if (typeof value === "object" && !Array.isArray(value)) this.#fields = value as Fields;
    else throw fault("", "an object");
  }

  /** The value as it came; undefined when unset. Own properties only, so `__proto__` and the like are just names. */
  raw(name: string): unknown {
    const value = this.rawOrNull(name);
    return value === null ? undefined : value;
  }

  /** As `raw`, but for `null`, which some fields may be. */
  rawOrNull(name: string): unknown {
    const fields = this.#fields;
    const found = Object.hasOwn(fields, name) ? name : snakeCase(name);
    return Object.hasOwn(fields, found) ? fields[found] : undefined;
  }

  /** Names as they came, known or not. */
  names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  optionalString(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.#fault(name, "a string");
  }

  string(name: string): string {
    return this.optionalString(name) ?? "";
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.#fault(name, "a boolean");
  }

  boolean(name: string): boolean {
    return this.optionalBoolean(name) ?? false;
  }

  /** A number, or a number in quotes; 0 when unset. */
  number(name: string): number {
    const value = this.raw(name);
    if (value === undefined) return 0;
    if (typeof value === "number") return value;
    if (typeof value === "string" && /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(value)) return Number(value);
    throw this.#fault(name, "a number");
  }

  /** One of `names`, by name or by number; the first when unset. */
  enumeration<const Name extends string>(name: string, names: readonly [Name, ...Name[]]): Name {
    const value = this.raw(name);
    if (value === undefined) return names[0];
    const found = typeof value === "number" ? names[value] : names.find((candidate) => candidate === value);
    if (found === undefined) throw this.#fault(name, `one of ${names.join(", ")}`);
    return found;
  }

  message(name: string): Message | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : new Message(value, this.#fault);
  }

  list(name: string): readonly unknown[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    throw this.#fault(name, "a list");
  }

  /** A list of messages; a `null` item is an empty message. */
  messages(name: string): readonly Message[] {
    return this.list(name).map((item) => new Message(item, this.#fault));
  }

  strings(name: string): readonly string[] {
    return this.list(name).map((item) => {
      if (typeof item === "string") return item;
      throw this.#fault(name, "a list of strings");
    });
  }

  /**
   * A map of strings; a `null` value is the empty string. Only its own properties are members: it may be the parsed
   * object itself.
   */
  stringMap(name: string): Readonly<Record<string, string>> {
    const value = this.raw(name);
    if (value === undefined) return {};
    if (typeof value !== "object" || Array.isArray(value)) throw this.#fault(name, "a map of strings");
    const fields = value as Fields;
    const names = Object.keys(fields);
    if (names.every((key) => typeof fields[key] === "string")) return fields as Readonly<Record<string, string>>;
    const entries = names.map((key): [string, string] => {
      const item = fields[key] ?? "";
      if (typeof item !== "string") throw this.#fault(name, "a map of strings");
      return [key, item];
    });
    return Object.fromEntries(entries);
  }
}
