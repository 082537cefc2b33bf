import { createHmac } from "node:crypto";

/**
 * Value of `X-Vexil-Signature`: when it was sent, seconds since 1970, and an HMAC-SHA-256 of that, a full stop and the body.
 * @example signature("secret", 1767323045, "{}") // "t=1767323045,v1=…"
 */
export function signature(secret: string, seconds: number, body: string): string {
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${mac}`;
}
