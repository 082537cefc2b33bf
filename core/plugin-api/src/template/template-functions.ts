/** Value that a template computes with. Objects print as their `text`. */
export type TemplateValue = string | number | boolean | undefined | readonly TemplateValue[] | TemplateObject;

/**
 * A value with members, as templates see it.
 * @example { type: "main.Flag", fields: { Key: "banner" }, text: "banner" }
 */
export interface TemplateObject {
  readonly type: string;
  readonly fields: Readonly<Record<string, TemplateValue>>;
  /** How it prints; undefined: as its fields' values in braces. */
  readonly text?: string;
}

/** Of objects that have members as JSON has them: what is not there is nothing, and no fault. */
export const MAP = "map[string]interface {}";

/**
 * Tells whether a value has members as JSON has them.
 * @example isMap(toTemplateData({ a: 1 })) // true
 */
export function isMap(value: TemplateValue): value is TemplateObject {
  return typeof value === "object" && !isList(value) && value.type === MAP;
}

/** A function that templates may call. It throws a TypeError for values that it does not take. */
export type TemplateFunction = (...values: readonly TemplateValue[]) => TemplateValue;

/**
 * Go's notion of truth: false, zero, nil and whatever is empty is not; a struct always is.
 * @example isTrue([]) // false
 */
export function isTrue(value: TemplateValue): boolean {
  if (isMap(value)) return Object.keys(value.fields).length > 0;
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== false && value !== 0 && value !== "";
}

/**
 * A value as a template prints it.
 * @example toText(["a", 1, undefined]) // "[a 1 <no value>]"
 */
export function toText(value: TemplateValue): string {
  if (value === undefined) return "<no value>";
  if (isList(value)) return `[${value.map(toText).join(" ")}]`;
  if (typeof value === "object") return value.text ?? `{${Object.values(value.fields).map(toText).join(" ")}}`;
  return String(value);
}

const isList = (value: TemplateValue): value is readonly TemplateValue[] => Array.isArray(value);

function compare(a: TemplateValue, b: TemplateValue): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  throw new TypeError("incompatible types for comparison");
}

function equal(a: TemplateValue, b: TemplateValue): boolean {
  if (typeof a === "object" || typeof b === "object") throw new TypeError("non-comparable type");
  if (a !== undefined && b !== undefined && typeof a !== typeof b) {
    throw new TypeError("incompatible types for comparison");
  }
  return a === b;
}

function index(value: TemplateValue, ...keys: readonly TemplateValue[]): TemplateValue {
  let found = value;
  for (const key of keys) {
    if (found === undefined) throw new TypeError("index of untyped nil");
    if (isMap(found)) {
      found = typeof key === "string" && Object.hasOwn(found.fields, key) ? found.fields[key] : undefined;
    } else if (isList(found) || typeof found === "string") {
      if (typeof key !== "number" || !Number.isInteger(key)) throw new TypeError("cannot index with this type");
      if (key < 0 || key >= found.length) throw new RangeError(`index out of range: ${key}`);
      found = typeof found === "string" ? Buffer.from(found)[key] : found[key];
    } else {
      throw new TypeError("can't index item of this type");
    }
  }
  return found;
}

function length(value: TemplateValue): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (isList(value)) return value.length;
  if (isMap(value)) return Object.keys(value.fields).length;
  throw new TypeError("len of this type");
}

/** Spaces stand between operands where neither is a string, as with Go's fmt.Sprint. */
function print(...values: readonly TemplateValue[]): string {
  return values
    .map((value, at) => {
      const before = values[at - 1];
      const gap = at > 0 && typeof value !== "string" && typeof before !== "string" ? " " : "";
      return gap + toText(value);
    })
    .join("");
}

/** Columns of one value at most; Go says a million. */
const MOST_WIDTH = 1_000;

function printf(format: TemplateValue, ...values: readonly TemplateValue[]): string {
  if (typeof format !== "string") throw new TypeError("printf needs a format");
  let next = 0;
  const text = format.replace(/%([-+# 0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g, (_, flags, width, precision, verb) => {
    if (verb === "%") return "%";
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const body = formatOne(verb, values[next++], precision);
    if (width === undefined) return body;
    if (Number(width) > MOST_WIDTH) return "%!(BADWIDTH)";
    const zeros = flags.includes("0") && !flags.includes("-");
    return flags.includes("-") ? body.padEnd(Number(width)) : body.padStart(Number(width), zeros ? "0" : " ");
  });
  const extra = values.slice(next).map((value) => `${typeName(value)}=${toText(value)}`);
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(", ")})`;
}

function formatOne(verb: string, value: TemplateValue, precision: string | undefined): string {
  const bad = `%!${verb}(${typeName(value)}=${toText(value)})`;
  switch (verb) {
    case "v":
      return toText(value);
    case "s": {
      const text = typeof value === "number" || typeof value === "boolean" ? bad : toText(value);
      return precision === undefined ? text : [...text].slice(0, Number(precision)).join("");
    }
    case "q":
      return typeof value === "number" || typeof value === "boolean" ? bad : JSON.stringify(toText(value));
    case "d":
      return typeof value === "number" ? String(value) : bad;
    case "x":
      return typeof value === "number"
        ? value.toString(16)
        : typeof value === "string"
          ? Buffer.from(value).toString("hex")
          : bad;
    case "f":
      return typeof value === "number" ? value.toFixed(precision === undefined ? 6 : Number(precision)) : bad;
    case "t":
      return typeof value === "boolean" ? String(value) : bad;
    case "T":
      return typeName(value);
    default:
      return bad;
  }
}

function typeName(value: TemplateValue): string {
  if (value === undefined) return "<nil>";
  if (isList(value)) return "[]interface {}";
  if (typeof value === "object") return value.type;
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}

/** Functions by name. `and` and `or` stand here for their names: they take arguments one by one (`go-template.ts`). */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["and", (...values) => values.at(-1)],
  ["or", (...values) => values.at(-1)],
  ["not", exactly("not", 1, (value) => !isTrue(value))],
  ["eq", (first, ...others) => needs(others) && others.some((other) => equal(first, other))],
  ["ne", exactly("ne", 2, (a, b) => !equal(a, b))],
  ["lt", exactly("lt", 2, (a, b) => compare(a, b) < 0)],
  ["le", exactly("le", 2, (a, b) => compare(a, b) <= 0)],
  ["gt", exactly("gt", 2, (a, b) => compare(a, b) > 0)],
  ["ge", exactly("ge", 2, (a, b) => compare(a, b) >= 0)],
  ["index", index],
  ["len", exactly("len", 1, length)],
  ["print", print],
  ["printf", printf],
  ["println", (...values) => `${values.map(toText).join(" ")}\n`],
]);

function exactly(name: string, count: number, run: TemplateFunction): TemplateFunction {
  return (...values) => {
    if (values.length === count) return run(...values);
    throw new TypeError(`wrong number of args for ${name}: want ${count} got ${values.length}`);
  };
}

function needs(others: readonly TemplateValue[]): true {
  if (others.length === 0) throw new TypeError("missing argument for comparison");
  return true;
}
