import { distance } from "fastest-levenshtein";
import { NON_TEXT_KEYS, type ValuePath } from "./source-document.js";

export interface SchemaFault {
  readonly path: ValuePath;
  readonly reason: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Faults of one file beyond which reading on helps nobody. */
const MOST_FAULTS = 100;
const LONGEST_COMPARED = 64;
/** Texts that may not be empty, and keys: as checks and JSON Schemas have them. */
export const NOT_EMPTY = /^[^\n]+$/;
export const KEY = /^[-_,A-Za-z0-9]+$/;

/**
 * Reads typed fields out of plain values and notes what is wrong with where it is. A fault gives a stand-in value, so
 * that all faults of a document are found in one go.
 */
export class FieldReader {
  readonly faults: SchemaFault[] = [];
  readonly #path: (string | number)[] = [];

  fail(reason: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ path: [...this.#path], reason });
  }

  /** Runs `read` one step further down, so that faults name the place. */
  at<T>(step: string | number, read: () => T): T {
    this.#path.push(step);
    const result = read();
    this.#path.pop();
    return result;
  }

  /** The value as a map with no other fields than `known`; undefined after a fault. */
  fields(value: unknown, known: ReadonlySet<string>): Fields | undefined {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.fail(mismatch(value, "map"));
      return undefined;
    }
    for (const key in value) {
      if (this.faults.length >= MOST_FAULTS) break;
      if (!known.has(key)) this.at(key, () => this.fail(unknownField(key, known)));
    }
    if (NON_TEXT_KEYS.has(value)) this.fail("keys must be text");
    return value as Fields;
  }

  /** A text that may be absent (`""`). */
  text(fields: Fields, name: string, pattern?: RegExp): string {
    const value = fields[name];
    if (value === undefined) return "";
    if (typeof value !== "string") this.at(name, () => this.fail(mismatch(value, "string")));
    else if (pattern !== undefined && !pattern.test(value)) {
      this.at(name, () => this.fail(`invalid value ${JSON.stringify(value)} (out of bound =~"${pattern.source}")`));
    }
    return typeof value === "string" ? value : "";
  }

  /** A description: absent and null are the same. */
  description(fields: Fields): string {
    return fields.description === null ? "" : this.text(fields, "description");
  }

  /** A text that must be there and match. */
  required(fields: Fields, name: string, pattern: RegExp = NOT_EMPTY): string {
    if (fields[name] === undefined) this.at(name, () => this.fail("field is required but not present"));
    return this.text(fields, name, pattern);
  }

  key(fields: Fields, name: string): string {
    return this.required(fields, name, KEY);
  }

  /** A name that may be absent but not empty. */
  name(fields: Fields, name: string): string {
    return this.text(fields, name, NOT_EMPTY);
  }

  boolean(fields: Fields, name: string): boolean {
    const value = fields[name];
    if (value !== undefined && typeof value !== "boolean") this.at(name, () => this.fail(mismatch(value, "bool")));
    return value === true;
  }

  /** A finite number that must be there, between the bounds. */
  number(fields: Fields, name: string, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): number {
    const value = fields[name];
    const number = typeof value === "bigint" ? Number(value) : value;
    return this.at(name, () => {
      if (number === undefined) this.fail("field is required but not present");
      else if (typeof number !== "number" || !Number.isFinite(number)) this.fail(mismatch(value, "number"));
      else if (number < least) this.fail(`invalid value ${number} (out of bound >=${least})`);
      else if (number > most) this.fail(`invalid value ${number} (out of bound <=${most})`);
      else return number;
      return 0;
    });
  }

  /** An integer that must be there. */
  integer(fields: Fields, name: string): number {
    const value = this.number(fields, name);
    if (!Number.isInteger(value)) this.at(name, () => this.fail(mismatch(value, "int")));
    return value;
  }

  /** One of `choices`; `otherwise` when absent, a fault when there is none. */
  choice<T extends string>(fields: Fields, name: string, choices: readonly T[], otherwise?: T): T {
    const value = fields[name];
    const first = otherwise ?? (choices[0] as T);
    const known = choices.find((choice) => choice === value);
    if (known !== undefined) return known;
    if (value === undefined && otherwise !== undefined) return otherwise;
    this.at(name, () =>
      this.fail(
        value === undefined
          ? "field is required but not present"
          : `invalid value ${show(value)} (expected ${choices.map((choice) => JSON.stringify(choice)).join(" or ")})`,
      ),
    );
    return first;
  }

  /** A list, each item read by `read`; absent is empty. */
  list<T>(fields: Fields, name: string, read: (value: unknown) => T | undefined): readonly T[] {
    const value = fields[name];
    if (value === undefined) return [];
    return this.at(name, () => {
      if (!Array.isArray(value)) {
        this.fail(mismatch(value, "list"));
        return [];
      }
      const items: T[] = [];
      for (let index = 0; index < value.length; index += 1) {
        const item = this.at(index, () => read(value[index]));
        if (item !== undefined) items.push(item);
      }
      return items;
    });
  }

  /** A list item that is a key. */
  keyItem(value: unknown): string | undefined {
    if (typeof value !== "string") this.fail(mismatch(value, "string"));
    else if (!KEY.test(value)) this.fail(`invalid value ${JSON.stringify(value)} (out of bound =~"${KEY.source}")`);
    else return value;
    return undefined;
  }

  /** A field that this version of the format, or this kind of thing, does not have. */
  forbid(fields: Fields, name: string, reason: string): void {
    if (fields[name] !== undefined) this.at(name, () => this.fail(reason));
  }
}

/** `conflicting values 5 and string (mismatched types int and string)` */
export function mismatch(value: unknown, wanted: string): string {
  return `conflicting values ${show(value)} and ${wanted} (mismatched types ${kindOf(value)} and ${wanted})`;
}

/** `field not allowed; did you mean "rollouts"?` */
function unknownField(key: string, known: ReadonlySet<string>): string {
  let nearest = "";
  let least = Number.POSITIVE_INFINITY;
  for (const name of known) {
    // A key may be as long as a file.
    const changes = distance(key.slice(0, LONGEST_COMPARED), name);
    if (changes < least) [least, nearest] = [changes, name];
  }
  return `field not allowed; did you mean "${nearest}"?`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") return "map";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "int" : "string";
}

function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}`;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "[…]" : "{…}";
  const text = typeof value === "number" ? `${value}` : (JSON.stringify(value) ?? "nothing");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
