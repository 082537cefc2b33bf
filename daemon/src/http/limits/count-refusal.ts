import type { VexilError } from "@vexil/plugin-api/errors";
import { series, type Tally } from "../reads/tally.js";

/** Counts what was refused because of a limit, by the limit. */
export function countRefusal(tally: Tally, { code, kind }: VexilError): void {
  const isLimit = kind === "overloaded" || LIMITS.has(code);
  if (isLimit) tally.count(series("refused", code.replace(/^VEXIL_(?:OVERLOADED|VALIDATION)_/, "").toLowerCase()));
}

const LIMITS: ReadonlySet<string> = new Set([
  "VEXIL_VALIDATION_BODY_SIZE",
  "VEXIL_VALIDATION_ITEMS",
  "VEXIL_VALIDATION_ANSWER_SIZE",
]);
