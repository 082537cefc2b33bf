import { type Admission, UNKNOWN } from "./admission.js";
import { hasExpired, type Principal } from "./principal.js";
import { isOver, type Revocation } from "./sessions/revocation.js";

/** Answers of each kind that are kept; those asked for longest ago go first. */
const MOST = 20_000;
/** Size of the callers that are kept, roughly. */
const MOST_BYTES = 32 * 2 ** 20;
/** A caller is asked about again after this time. */
const KEEP_MS = 5 * 60_000;
/** That a credential is nobody's may change with the next set of keys. */
const KEEP_UNKNOWN_MS = 2000;

interface KnownCaller extends Admission {
  readonly principal: Principal;
  /** It is asked about again from then on (`performance.now()`), and before when its own time has run out. */
  readonly until: number;
  readonly bytes: number;
}

/** Callers by their credentials' keys. Those that are nobody's are kept apart: however many come, they displace no caller. */
export class KnownCallers {
  readonly #callers = new Map<string, KnownCaller>();
  readonly #unknown = new Map<string, number>();
  #bytes = 0;

  /** @returns undefined if it is not known whose the credential is */
  get(key: string): Admission | undefined {
    const known = this.#callers.get(key);
    if (known !== undefined) {
      if (known.until > performance.now() && !hasExpired(known.principal)) return known;
      this.#drop(key, known);
    }
    const until = this.#unknown.get(key);
    if (until === undefined) return undefined;
    if (until > performance.now()) return UNKNOWN;
    this.#unknown.delete(key);
    return undefined;
  }

  /** @param principal undefined: the credential is nobody's */
  keep(key: string, principal: Principal | undefined): Admission {
    const now = performance.now();
    if (principal === undefined || hasExpired(principal)) {
      this.#unknown.delete(key);
      this.#unknown.set(key, now + KEEP_UNKNOWN_MS);
      shorten(this.#unknown, MOST);
      return UNKNOWN;
    }
    const bytes = JSON.stringify(principal).length;
    const known = { admitted: true, principal, bytes, until: now + KEEP_MS };
    const before = this.#callers.get(key);
    if (before !== undefined) this.#drop(key, before);
    this.#callers.set(key, known);
    this.#bytes += bytes;
    for (const [oldest, caller] of this.#callers) {
      if (this.#callers.size <= MOST && this.#bytes <= MOST_BYTES) break;
      this.#drop(oldest, caller);
    }
    return known;
  }

  /** @param ended sessions whose callers are forgotten; undefined: all callers */
  forget(ended?: Revocation): void {
    if (ended === undefined) this.#unknown.clear();
    for (const [key, caller] of this.#callers) {
      if (ended === undefined || isOver(caller.principal, ended)) this.#drop(key, caller);
    }
  }

  #drop(key: string, { bytes }: KnownCaller): void {
    if (this.#callers.delete(key)) this.#bytes -= bytes;
  }
}

function shorten(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
