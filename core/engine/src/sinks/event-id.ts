import { createHash } from "node:crypto";

const BYTES = 16;

/** Id of an event: the same parts give the same one everywhere, and no other parts do. 22 letters of base64url. */
export function eventId(...parts: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, BYTES).toString("base64url");
}
