const UNIT_MS: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
};

const AGO = /^(\d{1,6}|an?)[ .](second|minute|hour|day|week|month|year)s?[ .]ago$/i;
const LOCAL = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?$/;

/**
 * A revision as the API takes it: "2 hours ago", "yesterday" and local times ("2026-11-20", "2026-11-20 10:00") become
 * RFC 3339; all else stays as it is.
 * @param now epoch milliseconds
 */
export function revisionText(text: string, now: number = Date.now()): string {
  const trimmed = text.trim();
  const ago = AGO.exec(trimmed);
  if (ago !== null) return timeAgo(/^an?$/i.test(ago[1] ?? "") ? 1 : Number(ago[1]), (ago[2] ?? "").toLowerCase(), now);
  if (trimmed.toLowerCase() === "now") return instant(now);
  if (trimmed.toLowerCase() === "yesterday") return timeAgo(1, "day", now);
  const local = LOCAL.exec(trimmed);
  const date = local === null ? undefined : new Date(`${local[1]}T${local[2] ?? "00:00"}`);
  return date === undefined || Number.isNaN(date.getTime()) ? trimmed : instant(date.getTime());
}

function timeAgo(count: number, unit: string, now: number): string {
  const ms = UNIT_MS[unit];
  if (ms !== undefined) return instant(now - count * ms);
  const date = new Date(now);
  if (unit === "month") date.setMonth(date.getMonth() - count);
  else date.setFullYear(date.getFullYear() - count);
  return instant(date.getTime());
}

function instant(ms: number): string {
  const date = new Date(ms);
  // Times that no calendar has are no better than the first of all.
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
