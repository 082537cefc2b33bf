import { NotCarried } from "../model/not-carried.js";
import type { Report } from "../model/report.js";

/**
 * Reads a part of a flag that may not be sayable here.
 * @param where,what as the report names it
 * @param done what becomes of the flag without it
 * @returns undefined where it is not; the report says so
 */
export function attempt<T>(
  report: Report,
  { where, what, done = HELD }: { readonly where: string; readonly what: string; readonly done?: string },
  read: () => T,
): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NotCarried)) throw error;
    report.add({ kind: "lost", where, what, why: error.message, done });
    return undefined;
  }
}

const HELD = "it was left out, and the flag was left off";
