import type { Change } from "@vexil/flags/edit/change";
import { VexilError } from "@vexil/plugin-api/errors";

const HALF = /\p{Cs}/u;

/**
 * Refuses a change with a half of a surrogate pair in it: JSON can write one, but it is no text. Other readers of YAML
 * refuse the whole file for it.
 * @throws VexilError VEXIL_VALIDATION_REQUEST
 */
export function refuseHalves(change: Change): void {
  refuseIn(change, "");
}

function refuseIn(value: unknown, path: string): void {
  if (typeof value === "string") refuse(value, path);
  else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      refuse(name, path);
      refuseIn(member, path === "" ? name : `${path}.${name}`);
    }
  }
}

function refuse(text: string, path: string): void {
  const half = HALF.exec(text)?.[0];
  if (half === undefined) return;
  const code = half.charCodeAt(0).toString(16).toUpperCase();
  throw new VexilError("VEXIL_VALIDATION_REQUEST", `${path}: half of a surrogate pair (U+${code}) is no text`);
}
