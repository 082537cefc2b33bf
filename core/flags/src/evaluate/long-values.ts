import { parseInstant } from "../read/parse-instant.js";
import { parseNumber } from "../read/parse-number.js";
import type { Context } from "./context.js";
import { trimSpace } from "./trim-space.js";

/** Characters from which on reading a value takes longer than remembering what it was. */
const LONG = 256;

/** Something that is found out about values: at once for short ones, once for each context for long ones. */
class Reading<T> {
  readonly #read: (value: string) => T;
  /** By property; undefined: the entity's id. Contexts live as long as the request that has them. */
  readonly #known = new WeakMap<Context, Map<string | undefined, { readonly value: string; readonly found: T }>>();

  constructor(read: (value: string) => T) {
    this.#read = read;
  }

  of(value: string, context: Context, property: string | undefined): T {
    const own = this.#known.get(context) ?? new Map<string | undefined, { value: string; found: T }>();
    const known = own.get(property);
    // Several entities may share a context, the empty one above all.
    if (known?.value === value) return known.found;
    const found = this.#read(value);
    this.#known.set(context, own.set(property, { value, found }));
    return found;
  }
}

const numbers = new Reading(parseNumber);
const instants = new Reading(parseInstant);
const trimmed = new Reading(trimSpace);

/** The number that a context's value is: a megabyte under thousands of constraints is read once. */
export function numberIn(value: string, context: Context, property: string): number | undefined {
  return value.length < LONG ? parseNumber(value) : numbers.of(value, context, property);
}

/** The instant that a context's value is. */
export function instantIn(value: string, context: Context, property: string): bigint | undefined {
  return value.length < LONG ? parseInstant(value) : instants.of(value, context, property);
}

/**
 * A value without the white space around it.
 * @param property undefined: the value is the entity's id
 */
export function trimmedIn(value: string, context: Context, property: string | undefined): string {
  return value.length < LONG ? trimSpace(value) : trimmed.of(value, context, property);
}
