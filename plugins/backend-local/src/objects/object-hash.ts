import { createHash } from "node:crypto";
import { type GitObjectType, hashObject, nextTurn, type Oid } from "@vexil/plugin-api";

const STEP_BYTES = 4 * 2 ** 20;

/** {@link hashObject}, giving way to other work every few milliseconds. */
export async function hashLargeObject(type: GitObjectType, bytes: Uint8Array): Promise<Oid> {
  if (bytes.byteLength <= STEP_BYTES) return hashObject(type, bytes);
  const hash = createHash("sha1").update(`${type} ${bytes.byteLength}\0`);
  for (let at = 0; at < bytes.byteLength; at += STEP_BYTES) {
    hash.update(bytes.subarray(at, at + STEP_BYTES));
    await nextTurn();
  }
  return hash.digest("hex");
}
