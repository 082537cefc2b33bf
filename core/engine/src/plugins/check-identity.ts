import type { DeviceFlow, Identity, ProviderSession } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import { describe } from "./plugin-error.js";

/** Claims of one identity, as JSON: they are kept, and sent to other processes. */
const CLAIMS_BYTES = 256 * 1024;
/** Levels of claims: whatever looks through them goes down. */
const CLAIMS_DEPTH = 100;

type Wrong = (reason: string) => VexilError;

/**
 * A copy of what a plugin calls an identity, of plain JSON values only.
 * @throws VexilError if it is none
 */
export function checkedIdentity(made: unknown, wrong: Wrong): Identity {
  if (typeof made !== "object" || made === null) throw wrong(`answered ${describe(made)} and no identity`);
  const { subject, name, email, metadata, claims, expiresAt } = made as Readonly<Record<keyof Identity, unknown>>;
  if (typeof subject !== "string") throw wrong("answered an identity whose subject is no text");
  if (
    typeof metadata !== "object" ||
    metadata === null ||
    Object.values(metadata).some((one) => typeof one !== "string")
  )
    throw wrong("answered an identity whose metadata are no texts");
  if (expiresAt !== undefined && (typeof expiresAt !== "number" || Number.isNaN(expiresAt)))
    throw wrong("answered an identity whose expiresAt is no time");
  return {
    subject,
    name: textOf(name),
    email: textOf(email),
    metadata: { ...(metadata as Readonly<Record<string, string>>) },
    claims: checkedClaims(claims, wrong),
    expiresAt,
  };
}

function checkedClaims(claims: unknown, wrong: Wrong): Identity["claims"] {
  if (typeof claims !== "object" || claims === null || Array.isArray(claims))
    throw wrong("answered an identity whose claims are no map");
  if (nestsBeyond(claims, CLAIMS_DEPTH)) throw wrong(`answered claims of more than ${CLAIMS_DEPTH} levels`);
  const json = jsonOf(claims);
  if (json === undefined) throw wrong("answered an identity whose claims are no JSON values");
  if (Buffer.byteLength(json) > CLAIMS_BYTES) throw wrong(`answered claims of more than ${CLAIMS_BYTES} bytes`);
  return JSON.parse(json) as Identity["claims"];
}

function nestsBeyond(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => nestsBeyond(inner, levels - 1));
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/**
 * A copy of what a plugin calls a provider's session.
 * @throws VexilError if it is none
 */
export function checkedSession(made: unknown, wrong: Wrong): ProviderSession {
  if (typeof made !== "object" || made === null) throw wrong(`answered ${describe(made)} and no session`);
  const { issuer, sid, sub, idToken } = made as Readonly<Record<keyof ProviderSession, unknown>>;
  return { issuer: textOf(issuer), sid: textOf(sid), sub: textOf(sub), idToken: textOf(idToken) };
}

/**
 * A copy of what a plugin calls a login by device code. It is shown on terminals.
 * @throws VexilError if it is none
 */
export function checkedFlow(made: unknown, wrong: Wrong): DeviceFlow {
  if (typeof made !== "object" || made === null) throw wrong(`answered ${describe(made)} and no codes`);
  const { deviceCode, userCode, verificationUri, verificationUriComplete, expiresInS, intervalS } = made as Readonly<
    Record<keyof DeviceFlow, unknown>
  >;
  if (typeof deviceCode !== "string" || deviceCode === "") throw wrong("answered no device code");
  if (typeof userCode !== "string" || !/^[\x21-\x7e]{1,100}$/.test(userCode))
    throw wrong("answered no readable user code");
  const address = webAddress(verificationUri);
  if (address === undefined) throw wrong("answered no web address to enter the code at");
  return {
    deviceCode,
    userCode,
    verificationUri: address,
    verificationUriComplete: webAddress(verificationUriComplete),
    expiresInS: secondsOf(expiresInS, wrong),
    intervalS: secondsOf(intervalS, wrong),
  };
}

/** The address in the parser's spelling, which has no control characters. */
function webAddress(value: unknown): string | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const { protocol, href } = new URL(value);
  return protocol === "https:" || protocol === "http:" ? href : undefined;
}

function secondsOf(value: unknown, wrong: Wrong): number {
  if (typeof value === "number" && value > 0 && Number.isFinite(value)) return value;
  throw wrong(`answered ${describe(value)} where it is to tell seconds`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
