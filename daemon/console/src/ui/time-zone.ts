import { useSyncExternalStore } from "react";

/** How times are shown. */
export interface TimeChoice {
  /** Name of a zone as IANA has it; none: the browser's. */
  readonly zone: string | undefined;
  readonly style: "relative" | "exact";
}

const KEY = "vexil.times";
const DEFAULT: TimeChoice = { zone: undefined, style: "relative" };
const listeners = new Set<() => void>();
let current: TimeChoice | undefined;

/** The choice that was made here; one that cannot be read counts as none. */
function currentChoice(): TimeChoice {
  current ??= readChoice(localStorage.getItem(KEY));
  return current;
}

function readChoice(text: string | null): TimeChoice {
  try {
    const { zone, style } = JSON.parse(text ?? "{}") as Record<string, unknown>;
    const isZone = typeof zone === "string" && ZONES.includes(zone);
    return { zone: isZone ? zone : undefined, style: style === "exact" ? "exact" : "relative" };
  } catch {
    return DEFAULT;
  }
}

/** Zones that this browser knows. */
export const ZONES: readonly string[] = [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];

export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

export function chooseTimes(patch: Partial<TimeChoice>): void {
  current = { ...currentChoice(), ...patch };
  localStorage.setItem(KEY, JSON.stringify(current));
  for (const listener of listeners) listener();
}

export function useTimeChoice(): TimeChoice {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentChoice);
}

const formats = new Map<string | undefined, Intl.DateTimeFormat>();

/** Writes times of a zone, and its name. */
export function formatOf(zone: string | undefined): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const parts = { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  const format = new Intl.DateTimeFormat(undefined, {
    ...parts,
    second: "2-digit",
    timeZoneName: "short",
    ...(zone === undefined ? {} : { timeZone: zone }),
  });
  formats.set(zone, format);
  return format;
}
