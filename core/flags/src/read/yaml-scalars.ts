/**
 * How plain scalars become numbers, as the compatible system's YAML reader has it:
 * `0x10`, `0o17`, `017`, `0b11`, `1_000`, `.5`; `1:30`, `089` and floats that overflow are text.
 */
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const LEADING_ZERO = /^[-+]?0[0-9]+$/;
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ...[".inf", ".Inf", ".INF"].flatMap((text): [string, number][] => [
    [text, Number.POSITIVE_INFINITY],
    [`+${text}`, Number.POSITIVE_INFINITY],
    [`-${text}`, Number.NEGATIVE_INFINITY],
  ]),
  ...[".nan", ".NaN", ".NAN"].map((text): [string, number] => [text, Number.NaN]),
]);
const INT64_LIMIT = 2n ** 63n;

/** First characters a number can have. */
export const NUMBER_FIRST_CHARACTERS: readonly string[] = [..."+-.0123456789"];

/** The integer a plain scalar means; a bigint outside ±2^63; undefined when it is none. */
export function yamlInteger(source: string): number | bigint | undefined {
  const text = source.includes("_") ? source.replaceAll("_", "") : source;
  const match = INTEGER.exec(text);
  if (match === null || source.startsWith("_")) return undefined;
  const digits = match[2] ?? "";
  const octal = /^0[0-7]+$/.test(digits);
  const short = digits.length <= 15 && !octal;
  if (short) return match[1] === "-" ? -Number(digits) : Number(digits);
  const size = BigInt(octal ? `0o${digits.slice(1)}` : digits.toLowerCase());
  const value = match[1] === "-" ? -size : size;
  return value >= -INT64_LIMIT && value < INT64_LIMIT ? Number(value) : value;
}

/** The float a plain scalar means; undefined when it is none, or too large. */
export function yamlFloat(source: string): number | undefined {
  const special = SPECIAL.get(source);
  if (special !== undefined) return special;
  const text = source.includes("_") && !source.startsWith("_") ? source.replaceAll("_", "") : source;
  // `089` begins like an octal number but is none: a text, so that `value: 08901` keeps its zero.
  if (!FLOAT.test(text) || LEADING_ZERO.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
