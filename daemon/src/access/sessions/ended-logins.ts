import { AgedMap } from "./aged-map.js";
import { hasBegunBy, type Revocable, type Revocation } from "./revocation.js";

/** Revocations of one provider that are kept; those that are oldest go first. */
const MOST = 100_000;
/** Unproven ones have a list of their own: however many anybody asks for, no proven one goes for them. */
const MOST_UNPROVEN = 10_000;

/**
 * The sessions of one provider that were ended. None of them comes back: a revocation that is not kept any more ends all
 * sessions of the provider that began before it. Those that nobody has proved are only as good as their list is long.
 */
export class EndedLogins {
  readonly #revocations = new AgedMap();
  readonly #unproven = new AgedMap();
  /** Sessions that began until then do not count. */
  #notBefore: Revocation | undefined;

  /** @returns what is to be kept of it */
  all(): readonly Revocation[] {
    const before = this.#notBefore === undefined ? [] : [this.#notBefore];
    return [...before, ...this.#revocations.all(), ...this.#unproven.all()];
  }

  add(revocation: Revocation): void {
    const key = keyOf(revocation);
    if (revocation.unproven === true) {
      if (key !== undefined && !this.covers(revocation)) this.#unproven.putLast(key, revocation);
    } else if (key === undefined) this.#endBefore(revocation);
    else this.#revocations.putLast(key, revocation);
  }

  /** Tells whether all sessions that it ends are ended already. */
  covers(revocation: Revocation): boolean {
    if (this.#notBefore !== undefined && revocation.at <= this.#notBefore.at) return true;
    const key = keyOf(revocation) ?? "";
    const known = [this.#revocations.get(key), revocation.unproven === true ? this.#unproven.get(key) : undefined];
    return known.some((one) => one !== undefined && revocation.at <= one.at);
  }

  has(session: Revocable): boolean {
    if (this.#revocations.has(`id ${session.id}`)) return true;
    const end = this.lastEnd(session);
    return Number.isFinite(end) && hasBegunBy(session.createdAt ?? Number.NEGATIVE_INFINITY, end);
  }

  /** The time until which such sessions were ended, whichever they are; `-Infinity`: none was. */
  lastEnd(session: Pick<Revocable, "login">): number {
    const ends = keysOf(session).flatMap((key) => [this.#revocations.get(key), this.#unproven.get(key)]);
    return Math.max(...[this.#notBefore, ...ends].map((end) => end?.at ?? Number.NEGATIVE_INFINITY));
  }

  /** @param over all sessions that began before this are over anyway */
  shorten(over: number): void {
    for (const gone of this.#revocations.takeOldest(over, MOST)) this.#endBefore(gone);
    this.#unproven.takeOldest(over, MOST_UNPROVEN);
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
function keysOf({ login = {} }: Pick<Revocable, "login">): readonly string[] {
  const orNone = (value: string | undefined): readonly (string | undefined)[] =>
    value === undefined ? [undefined] : [undefined, value];
  return orNone(login.issuer).flatMap((issuer) =>
    orNone(login.sid).flatMap((sid) => orNone(login.sub).map((sub) => textOf(issuer, sid, sub))),
  );
}

function textOf(...names: readonly (string | undefined)[]): string {
  return JSON.stringify(names.map((name) => name ?? null));
}
