import { useMemo } from "react";
import { formatOf, useTimeChoice } from "./time-zone.js";

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

const formats = {
  long: new Intl.RelativeTimeFormat("en", { numeric: "auto" }),
  narrow: new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" }),
};

/** Seconds as words: `3 hours ago`, `in 2 minutes`; narrow: `3h ago`. */
export function relativeWords(seconds: number, length: keyof typeof formats = "long"): string {
  const [unit, size] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? ["second", 1];
  return formats[length].format(Math.trunc(seconds / size), unit);
}

/** A time as how long ago it was, or exactly, as was chosen; pointing at it tells the other. */
export function Ago({ time, isNarrow }: { readonly time: string; readonly isNarrow?: true }) {
  const { style } = useTimeChoice();
  const at = new Date(time);
  const exact = useExactTime(at);
  if (Number.isNaN(at.getTime())) return <span>{time}</span>;
  const relative = relativeWords((at.getTime() - Date.now()) / 1_000, isNarrow && "narrow");
  return (
    <time dateTime={time} title={style === "exact" ? relative : exact}>
      {style === "exact" ? exact : relative}
    </time>
  );
}

/** A time exactly, in the zone that was chosen. */
export function Time({ time }: { readonly time: string }) {
  const at = new Date(time);
  const exact = useExactTime(at);
  return <time dateTime={time}>{Number.isNaN(at.getTime()) ? time : exact}</time>;
}

function useExactTime(at: Date): string {
  const { zone } = useTimeChoice();
  return useMemo(() => (Number.isNaN(at.getTime()) ? "" : formatOf(zone).format(at)), [zone, at]);
}
