const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
};

/**
 * Go's duration syntax: a sum of decimal numbers with units. A bare number is nanoseconds, as the compatible system
 * reads it.
 * @returns milliseconds, or the reason why it is none
 * @example parseDuration("1m30s") // 90000
 */
export function parseDuration(value: string | number): number | string {
  if (typeof value === "number") return value * 1e-6;
  const text = value.trim();
  if (text === "0") return 0;
  const match = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (match === null) {
    return /^[-+]?[\d.]+$/.test(text)
      ? `time: missing unit in duration "${value}"`
      : `time: invalid duration "${value}"`;
  }
  let total = 0;
  for (const [, amount, unit] of (match[2] ?? "").matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
  }
  return match[1] === "-" ? -total : total;
}
