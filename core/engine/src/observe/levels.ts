import type { Level } from "@vexil/plugin-api";

/** The levels from the least to the most grave, as pino numbers them. */
export const LEVELS: Readonly<Record<Level, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
};

/** sd-daemon(3): the journal's priority of each level. */
export const PRIORITIES: Readonly<Record<Level, number>> = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 };

/** The level with that name; undefined when there is none. */
export function levelNamed(name: string): Level | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(LEVELS, lower) ? (lower as Level) : undefined;
}
