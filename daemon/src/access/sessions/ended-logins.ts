import type { Revocable, Revocation } from "./revocation.js";

/** Revocations of one provider that are kept; those that are oldest go first. */
const MOST = 100_000;

/**
 * The sessions of one provider that were ended. None of them comes back: a revocation that is not kept any more ends all
 * sessions of the provider that began before it.
 */
export class EndedLogins {
  readonly #revocations = new Map<string, Revocation>();
  /** Sessions that began until then do not count. */
  #notBefore: Revocation | undefined;

  /** @returns what is to be kept of it */
  all(): readonly Revocation[] {
    return [...(this.#notBefore === undefined ? [] : [this.#notBefore]), ...this.#revocations.values()];
  }

  add(revocation: Revocation): void {
    const key = keyOf(revocation);
    if (key === undefined) {
      this.#endBefore(revocation);
      return;
    }
    // The newest is last.
    this.#revocations.delete(key);
    this.#revocations.set(key, revocation);
  }

  /** Tells whether all sessions that it ends are ended already. */
  covers(revocation: Revocation): boolean {
    if (this.#notBefore !== undefined && revocation.at <= this.#notBefore.at) return true;
    const known = this.#revocations.get(keyOf(revocation) ?? "");
    return known !== undefined && revocation.at <= known.at;
  }

  has(session: Revocable): boolean {
    const { createdAt = Number.NEGATIVE_INFINITY } = session;
    if (this.#notBefore !== undefined && createdAt <= this.#notBefore.at) return true;
    if (this.#revocations.has(`id ${session.id}`)) return true;
    return keysOf(session).some((key) => {
      const revocation = this.#revocations.get(key);
      return revocation !== undefined && createdAt <= revocation.at;
    });
  }

  /** @param over all sessions that began before this are over anyway */
  shorten(over: number): void {
    for (const [key, revocation] of this.#revocations) {
      if (revocation.at >= over && this.#revocations.size <= MOST) break;
      this.#revocations.delete(key);
      this.#endBefore(revocation);
    }
  }

  #endBefore({ method, provider, at }: Revocation): void {
    if (this.#notBefore === undefined || this.#notBefore.at < at) this.#notBefore = { method, provider, at };
  }
}

/** @returns undefined for what names no session of its own */
function keyOf({ id, issuer, sid, sub }: Revocation): string | undefined {
  if (id !== undefined) return `id ${id}`;
  return (issuer ?? sid ?? sub) === undefined ? undefined : textOf(issuer, sid, sub);
}

/** Keys of all revocations that may mean a session: each names some of what is known of its login. */
function keysOf({ login = {} }: Revocable): readonly string[] {
  const orNone = (value: string | undefined): readonly (string | undefined)[] =>
    value === undefined ? [undefined] : [undefined, value];
  return orNone(login.issuer).flatMap((issuer) =>
    orNone(login.sid).flatMap((sid) => orNone(login.sub).map((sub) => textOf(issuer, sid, sub))),
  );
}

function textOf(...names: readonly (string | undefined)[]): string {
  return JSON.stringify(names.map((name) => name ?? null));
}
