import { createHash } from "node:crypto";
import { setImmediate as yieldToLoop } from "node:timers/promises";
import { type GitObjectType, hashObject, type Oid } from "@vexil/plugin-api";

const STEP_BYTES = 4 * 2 ** 20;

/** {@link hashObject}, giving way to other work every few milliseconds. */
export async function hashLargeObject(type: GitObjectType, bytes: Uint8Array): Promise<Oid> {
  if (bytes.byteLength <= STEP_BYTES) return hashObject(type, bytes);
  const hash = createHash("sha1").update(`${type} ${bytes.byteLength}\0`);
  for (let at = 0; at < bytes.byteLength; at += STEP_BYTES) {
    hash.update(bytes.subarray(at, at + STEP_BYTES));
    await yieldToLoop();
  }
  return hash.digest("hex");
}
