/**
 * Numbers in constraints and contexts, as Go's strconv.ParseFloat reads them: no spaces, `_`
 * between digits, `Inf`, `NaN`, hexadecimal floats. Undefined: not a number, or finite but too large.
 */
export function parseNumber(text: string): number | undefined {
  if (PLAIN.test(text)) return finite(Number(text));
  if (DECIMAL.test(text)) return finite(Number(text.replaceAll("_", "")));
  const infinity = INFINITY.exec(text);
  if (infinity !== null) return infinity[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const hex = HEX.exec(text);
  return hex === null ? undefined : parseHex(hex);
}

const PLAIN = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const DIGITS = "[0-9]+(?:_[0-9]+)*";
const DECIMAL = new RegExp(`^[+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:[eE][+-]?${DIGITS})?$`);
const INFINITY = /^([+-]?)inf(?:inity)?$/i;
const HEX_DIGITS = "[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*";
const HEX = new RegExp(
  `^([+-]?)0[xX](?:_?(${HEX_DIGITS})(?:\\.(${HEX_DIGITS})?)?|\\.(${HEX_DIGITS}))[pP]([+-]?${DIGITS})$`,
);
/** Exponents beyond this are 0 or too large with any mantissa a request can hold. */
const EXPONENT_LIMIT = 1_000_000_000;

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function parseHex(match: RegExpExecArray): number | undefined {
  const whole = (match[2] ?? "").replaceAll("_", "");
  const fraction = (match[3] ?? match[4] ?? "").replaceAll("_", "");
  const exponent = Number((match[5] ?? "0").replaceAll("_", ""));
  const mantissa = BigInt(`0x${whole}${fraction}`);
  const bounded = Math.max(-EXPONENT_LIMIT, Math.min(EXPONENT_LIMIT, exponent));
  const size = scale(mantissa, bounded - 4 * fraction.length);
  if (size === undefined) return undefined;
  return match[1] === "-" ? -size : size;
}

/** mantissa × 2^exponent, rounded once, to even. */
function scale(mantissa: bigint, exponent: number): number | undefined {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  if (bits + exponent > 1025) return undefined;
  // A double has 53 bits, fewer where it is subnormal: the lowest bit is worth 2^-1074.
  const kept = Math.min(53, bits + exponent + 1074);
  if (kept < 0) return 0;
  const dropped = bits - kept;
  if (dropped <= 0) return finite(Number(mantissa) * 2 ** exponent);
  const shift = BigInt(dropped);
  const rest = mantissa & ((1n << shift) - 1n);
  const half = 1n << (shift - 1n);
  const low = mantissa >> shift;
  const rounded = rest > half || (rest === half && (low & 1n) === 1n) ? low + 1n : low;
  return finite(Number(rounded) * 2 ** Math.max(-1074, exponent + dropped));
}
