import { VexilError } from "@vexil/plugin-api/errors";

/** Points that an answer has for each flag, at most: as many as Prometheus gives. */
const MOST_POINTS = 11_000;
/** Values that an answer has for all its flags together, at most. */
const MOST_VALUES = 500_000;
const MINUTE_MS = 60_000;

/** A time to count evaluations in: epoch milliseconds. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads the two ends of a range; one that ends before it begins has no points.
 * @throws VexilError VEXIL_VALIDATION_REQUEST
 */
export function timeRange(from: string, to: string): TimeRange {
  return { from: timeOf("from", from), to: timeOf("to", to) };
}

/** The step between two points in the compatible system: milliseconds. */
export function stepOf({ from, to }: TimeRange): number {
  const hours = (to - from) / (60 * MINUTE_MS);
  if (hours >= 24) return 30 * MINUTE_MS;
  if (hours >= 12) return 15 * MINUTE_MS;
  return hours >= 4 ? 5 * MINUTE_MS : MINUTE_MS;
}

/**
 * Moments from the first to the last.
 * @throws VexilError VEXIL_VALIDATION_REQUEST where there are too many
 */
export function pointsOf(first: number, last: number, step: number): readonly number[] {
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  if (count > MOST_POINTS) {
    throw new VexilError(
      "VEXIL_VALIDATION_REQUEST",
      `from and to are ${count} points apart; ${MOST_POINTS} are the most`,
    );
  }
  return Array.from({ length: count }, (_, index) => first + index * step);
}

/**
 * Refuses what would take too long to make.
 * @throws VexilError VEXIL_VALIDATION_ITEMS
 */
export function checkSize(flags: number, points: number): void {
  const size = flags * points;
  if (size <= MOST_VALUES) return;
  throw new VexilError(
    "VEXIL_VALIDATION_ITEMS",
    `${size} values are asked for; ${MOST_VALUES} are the most: name fewer flags, or a shorter time`,
  );
}

/** RFC 3339, or a date and a time in UTC with a space between them. */
function timeOf(name: string, text: string): number {
  const form = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:\d{2})?$/i.exec(text.trim());
  const [, day, time, zone] = form ?? [];
  const isPlain = text.trim()[10] === " " && zone === undefined;
  const parsed = zone !== undefined || isPlain ? Date.parse(`${day}T${time}${zone ?? "Z"}`) : Number.NaN;
  if (!Number.isNaN(parsed)) return parsed;
  const message = `${name}: ${JSON.stringify(text.slice(0, 64))} is no time; write it as 2026-11-30T12:00:00Z`;
  throw new VexilError("VEXIL_VALIDATION_REQUEST", message);
}
