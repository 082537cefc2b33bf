import { type EndedSessions, VexilError } from "@vexil/plugin-api";
import type { JWTPayload } from "jose";
import { faultOf, type Step } from "./faults.js";
import type { Discovered } from "./issuer.js";
import { verifyToken } from "./verify-token.js";

/** Member of `events` that makes a token one (OpenID Connect Back-Channel Logout 1.0 §2.4). */
const EVENT = "http://schemas.openid.net/event/backchannel-logout";

/** A token that was sent before ends no session that began since: it is taken for this long. */
const LONGEST_AGE_S = 300;

export interface LogoutTokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
}

/**
 * Reads a logout token.
 * @throws VexilError VEXIL_VALIDATION_REQUEST if it is none, VEXIL_UNAVAILABLE_PROVIDER when the keys cannot be read
 */
export async function readLogoutToken(
  step: Step,
  token: string,
  { keys }: Discovered,
  { issuer, audience, algorithms }: LogoutTokenRules,
): Promise<EndedSessions> {
  let claims: JWTPayload;
  try {
    claims = await verifyToken(token, keys, {
      issuer,
      audience,
      algorithms: [...algorithms],
      maxTokenAge: LONGEST_AGE_S,
    });
  } catch (error) {
    const fault = faultOf(step, error);
    throw fault.code === "VEXIL_UNAVAILABLE_PROVIDER" ? fault : invalid();
  }
  const { events, nonce, sid, sub } = claims;
  const event = isMap(events) && Object.hasOwn(events, EVENT) ? events[EVENT] : undefined;
  const isText = (value: unknown): boolean => value === undefined || (typeof value === "string" && value !== "");
  if (!isMap(event) || nonce !== undefined || !isText(sid) || !isText(sub) || (sid ?? sub) === undefined) {
    throw invalid();
  }
  return { issuer, sid: sid as string | undefined, sub };
}

function invalid(): VexilError {
  return new VexilError("VEXIL_VALIDATION_REQUEST", "revoke: invalid logout token");
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
