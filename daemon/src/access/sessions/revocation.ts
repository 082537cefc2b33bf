import type { EndedSessions } from "@vexil/plugin-api";

/** Sessions that do not count any more: one by its id, or all of a provider's that began until then. */
export interface Revocation extends EndedSessions {
  readonly id?: string | undefined;
  /** Undefined: of any method. */
  readonly method?: string | undefined;
  readonly provider?: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Facts about a session by which it is ended. */
export interface Revocable {
  readonly id: string;
  readonly method: string;
  readonly createdAt?: number | undefined;
  readonly provider?: string | undefined;
  readonly login?: EndedSessions | undefined;
}

/** Tells whether a session is among those that were ended. */
export function isOver(session: Revocable, revocation: Revocation): boolean {
  const { id, method, provider, at, issuer, sid, sub } = revocation;
  if (session.createdAt === undefined) return false;
  if (id !== undefined) return id === session.id;
  if (session.createdAt > at) return false;
  if (method === undefined) return true;
  const { login } = session;
  return (
    method === session.method &&
    provider === session.provider &&
    (issuer === undefined || issuer === login?.issuer) &&
    (sid === undefined || sid === login?.sid) &&
    (sub === undefined || sub === login?.sub)
  );
}

/** Tells whether a text of a file is one. */
export function isRevocation(value: unknown): value is Revocation {
  if (typeof value !== "object" || value === null) return false;
  const { at, id, method, provider, issuer, sid, sub } = value as Readonly<Record<string, unknown>>;
  const isText = (one: unknown): boolean => one === undefined || typeof one === "string";
  return Number.isFinite(at) && [id, method, provider, issuer, sid, sub].every(isText);
}
