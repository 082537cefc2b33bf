import { createHmac, randomBytes } from "node:crypto";
import type { SessionKeys } from "./session-keys.js";

/** Ids of sessions look like UUIDs (RFC 9562, version 8); their last digits prove that one was given out here. */
export function newSessionId(keys: SessionKeys): string {
  const random = randomBytes(10);
  // Version and variant.
  random[6] = 0x80 | ((random[6] ?? 0) & 0x0f);
  random[8] = 0x80 | ((random[8] ?? 0) & 0x3f);
  return written(random.toString("hex"), keys);
}

export function isSessionId(id: string, keys: SessionKeys): boolean {
  const digits = id.replaceAll("-", "");
  return /^[0-9a-f]{32}$/.test(digits) && written(digits.slice(0, 20), keys) === id;
}

function written(random: string, keys: SessionKeys): string {
  const proof = createHmac("sha256", keys.derived("session id", "")).update(random).digest("hex").slice(0, 12);
  const [a, b, c, d] = [random.slice(0, 8), random.slice(8, 12), random.slice(12, 16), random.slice(16, 20)];
  return `${a}-${b}-${c}-${d}-${proof}`;
}
