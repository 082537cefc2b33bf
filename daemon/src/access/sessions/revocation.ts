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

/** A revocation as one text, always the same for the same. */
export function revocationText({ id, method, provider, issuer, sid, sub, at }: Revocation): string {
  return JSON.stringify({ id, method, provider, issuer, sid, sub, at });
}

/** Longest text that is taken for one: names of sessions and users are short. */
const TEXT_CHARACTERS = 10_000;

/** @returns undefined for a text that is none */
export function revocationOf(text: string): Revocation | undefined {
  if (text.length > TEXT_CHARACTERS) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRevocation(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** For each provider one that ends all that some do, and every other session that began before the last of them. */
export function coveringAll(revocations: readonly Revocation[]): readonly Revocation[] {
  const ends = new Map<string, Revocation>();
  for (const { method, provider, at } of revocations) {
    const name = JSON.stringify([method, provider]);
    if ((ends.get(name)?.at ?? 0) < at) ends.set(name, { method, provider, at });
  }
  return [...ends.values()];
}
