import { createHmac } from "node:crypto";
import type { EndedSessions } from "@vexil/plugin-api";
import type { SessionKeys } from "./session-keys.js";

const CHARACTERS = 22;

/**
 * Names of a provider's login as they are remembered, and sent to other daemons: the same for all that have the key.
 * Nobody else can tell from them who has logged out, nor find out by trying the names that he knows.
 */
export function hiddenNames(keys: SessionKeys, { issuer, sid, sub }: EndedSessions): EndedSessions {
  const hidden = (kind: keyof EndedSessions, name: string | undefined): string | undefined =>
    name === undefined
      ? undefined
      : createHmac("sha256", keys.names).update(`${kind} ${name}`).digest("base64url").slice(0, CHARACTERS);
  return { issuer: hidden("issuer", issuer), sid: hidden("sid", sid), sub: hidden("sub", sub) };
}
