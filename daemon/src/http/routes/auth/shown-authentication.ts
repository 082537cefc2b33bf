import { z } from "zod";
import type { Principal } from "../../../access/principal.js";
import type { Session } from "../../../access/sessions/session.js";

export const authenticationSchema = z.object({
  id: z.string(),
  method: z.string(),
  createdAt: z.iso.datetime().optional(),
  updatedAt: z.iso.datetime().optional(),
  expiresAt: z.iso.datetime().optional(),
  metadata: z.record(z.string(), z.string()),
});

export type ShownAuthentication = z.input<typeof authenticationSchema>;

/** A caller as the API shows it. Who came with a signed token of an issuer has none of the times. */
export function shownAuthentication(
  { id, method, scheme, createdAt, identity }: Principal,
  startedAt: number,
): ShownAuthentication {
  const { metadata, expiresAt } = identity;
  if (scheme === "JWT") return { id, method: "METHOD_JWT", metadata };
  const at = timeText(createdAt ?? startedAt);
  const end = expiresAt === undefined ? {} : { expiresAt: timeText(expiresAt) };
  return { id, method: methodName(method), ...end, createdAt: at, updatedAt: at, metadata };
}

/** A session's caller as the API shows it. */
export function shownSession(
  { id, method, identity, createdAt, expiresAt }: Session,
  startedAt: number,
): ShownAuthentication {
  const principal = { id, method, scheme: "Bearer", createdAt, identity: { ...identity, expiresAt } } as const;
  return shownAuthentication(principal, startedAt);
}

/** Name of a method in the API. */
export function methodName(method: string): string {
  return `METHOD_${method.toUpperCase()}`;
}

const timeText = (at: number): string => new Date(at).toISOString();
