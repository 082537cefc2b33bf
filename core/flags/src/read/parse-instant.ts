/**
 * Points in time in constraints and contexts: RFC 3339 as Go's time.Parse takes it, or a date alone, which is midnight
 * UTC. Nanoseconds since 1970; undefined: not a time.
 */
export function parseInstant(text: string): bigint | undefined {
  const match = text.length === 10 ? DATE.exec(text) : DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  const days = daysOf(Number(year), Number(month), Number(day));
  const offset = offsetSeconds(zone);
  if (days === undefined || offset === undefined) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const seconds = days * 86400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offset;
  const nanoseconds = fraction === "" ? 0n : BigInt(fraction.slice(1, 10).padEnd(9, "0"));
  return BigInt(seconds) * 1_000_000_000n + nanoseconds;
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)([.,]\d+)?(Z|[+-]\d\d:\d\d)$/;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function offsetSeconds(zone: string): number | undefined {
  if (zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 24 || minutes > 60) return undefined;
  return (zone[0] === "-" ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar; undefined for a day that does not exist. */
function daysOf(year: number, month: number, day: number): number | undefined {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const most = month === 2 && leap ? 29 : MONTH_DAYS[month - 1];
  if (most === undefined || day < 1 || day > most) return undefined;
  // Date.UTC takes years below 100 for 19xx; a whole 400-year cycle moves them away from there.
  return Date.UTC(year + 400, month - 1, day) / 86_400_000 - 146_097;
}
