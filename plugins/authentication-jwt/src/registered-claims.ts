import type { JWTPayload } from "jose";

/** The last second that a date can have. */
const LAST_SECOND = 8.64e12;

const isText = (value: unknown): boolean => value === undefined || typeof value === "string";
const isTime = (value: unknown): boolean =>
  value === undefined || (typeof value === "number" && Math.abs(value) <= LAST_SECOND);

/** The first registered claim that is not of its kind (RFC 7519 §4.1), whatever is asked of it; undefined: all are. */
export function oddClaim({ iss, sub, jti, aud, exp, nbf, iat }: JWTPayload): string | undefined {
  const texts = Object.entries({ iss, sub, jti }).find(([, value]) => !isText(value));
  const times = Object.entries({ exp, nbf, iat }).find(([, value]) => !isTime(value));
  const isAudience = Array.isArray(aud) ? aud.every((one) => typeof one === "string") : isText(aud);
  return texts?.[0] ?? (isAudience ? undefined : "aud") ?? times?.[0];
}
