import type { EndedSessions } from "@vexil/plugin-api";

/** Clocks of daemons that take each other's sessions may differ by so much. */
export const SKEW_MS = 60_000;

/**
 * Sessions that do not count any more: one by its id, or all of a provider's that began until then. Names of logins are
 * hidden (`login-names.ts`), here and wherever one is kept or sent.
 */
export interface Revocation extends EndedSessions {
  readonly id?: string | undefined;
  /** Undefined: of any method. */
  readonly method?: string | undefined;
  readonly provider?: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** True: nobody has proved that the provider wants it, as with a logout by a page of its own. */
  readonly unproven?: boolean | undefined;
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
  if (!hasBegunBy(session.createdAt, at)) return false;
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

/** Tells whether a session may have begun by then: another daemon's clock may have said when. */
export function hasBegunBy(createdAt: number, at: number): boolean {
  return createdAt <= at + SKEW_MS;
}

/** Tells whether a text of a file is one. */
export function isRevocation(value: unknown): value is Revocation {
  if (typeof value !== "object" || value === null) return false;
  const { at, id, method, provider, issuer, sid, sub, unproven } = value as Readonly<Record<string, unknown>>;
  const isText = (one: unknown): boolean => one === undefined || typeof one === "string";
  const isMarked = unproven === undefined || unproven === true;
  return Number.isFinite(at) && isMarked && [id, method, provider, issuer, sid, sub].every(isText);
}

/** A revocation as one text, always the same for the same. */
export function revocationText({ id, method, provider, issuer, sid, sub, at, unproven }: Revocation): string {
  return JSON.stringify({ id, method, provider, issuer, sid, sub, at, unproven });
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
