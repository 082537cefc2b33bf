import { parseInstant } from "../read/parse-instant.js";

const SECOND = 1_000_000_000n;

/** The earliest and the latest instant that can be written. */
export const FIRST_INSTANT = parseInstant("0000-01-01T00:00:00+24:60") ?? 0n;
export const LAST_INSTANT = parseInstant("9999-12-31T23:59:59.999999999-24:60") ?? 0n;

/** RFC 3339 of nanoseconds since 1970, with the fraction in full; undefined beyond the years 0 to 9999 in UTC. */
export function formatInstant(instant: bigint): string | undefined {
  if (instant === FIRST_INSTANT) return "0000-01-01T00:00:00.000000000+24:60";
  if (instant === LAST_INSTANT) return "9999-12-31T23:59:59.999999999-24:60";
  const nanoseconds = ((instant % SECOND) + SECOND) % SECOND;
  const date = new Date(Number((instant - nanoseconds) / SECOND) * 1000);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) return undefined;
  return `${date.toISOString().slice(0, 19)}.${String(nanoseconds).padStart(9, "0")}Z`;
}
