const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Seconds as words: `3 hours ago`, `in 2 minutes`. */
export function relativeWords(seconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return words.format(Math.trunc(seconds / size), unit);
}

/** A time as how long ago it was; pointing at it tells it exactly. */
export function Ago({ time }: { readonly time: string }) {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return <span>{time}</span>;
  return (
    <time dateTime={time} title={exact.format(at)}>
      {relativeWords((at.getTime() - Date.now()) / 1_000)}
    </time>
  );
}
