import type { PresentedCredential } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { RequestIds } from "../request-ids.js";
import type { Admission } from "./admission.js";
import { credentialKey } from "./credential.js";
import { KnownCallers } from "./known-callers.js";
import type { Principal } from "./principal.js";
import { isOver, type Revocation } from "./sessions/revocation.js";

/** Finds out whose a credential is; undefined: nobody's. Rejects with VexilError if it cannot be found out now. */
export type AskCaller = (credential: PresentedCredential, ids?: RequestIds) => Promise<Principal | undefined>;

/** Credentials of a scheme that are asked about at the same time. */
const MOST_ASKED = 1000;
/** Ends of sessions that answers which are on their way are held against; beyond that they are asked for again. */
const MOST_ENDED = 1000;
/** Answers that what they were made of has changed meanwhile are asked for again, so many times. */
const TRIES = 3;

/** Whose credentials are: what is known is said at once, the rest is asked for, each credential once at a time. */
export class Callers {
  readonly #ask: AskCaller;
  readonly #known = new KnownCallers();
  readonly #asked = new Map<string, Promise<Admission>>();
  /** How many, by scheme: tokens whose issuer is slow keep nobody out who comes with another kind of credential. */
  readonly #underWay: Record<PresentedCredential["scheme"], number> = { Bearer: 0, JWT: 0, Certificate: 0 };
  readonly #changed = new Set<(ended: Revocation | undefined) => void>();
  /** Sessions that were ended while answers are on their way. */
  #ended: Revocation[] = [];
  #generation = 0;

  constructor(ask: AskCaller) {
    this.#ask = ask;
  }

  /**
   * @param ids of the request, asked for where somebody has to be asked
   * @returns a promise that rejects with VexilError when it cannot be found out now
   */
  of(credential: PresentedCredential, ids?: () => RequestIds | undefined): Admission | Promise<Admission> {
    const key = credentialKey(credential);
    return this.#known.get(key) ?? this.#asked.get(key) ?? this.#askOnce(key, credential, ids?.());
  }

  /** Tells it if it is known already. */
  known(credential: PresentedCredential): Admission | undefined {
    return this.#known.get(credentialKey(credential));
  }

  /** @param ended sessions whose callers are forgotten; undefined: all callers */
  forget(ended?: Revocation): void {
    if (ended === undefined || !this.#holdAgainst(ended)) this.#generation += 1;
    this.#known.forget(ended);
    for (const changed of this.#changed) changed(ended);
  }

  /** Calls back whenever something was forgotten: those of ended sessions, or all. */
  onForget(changed: (ended: Revocation | undefined) => void): void {
    this.#changed.add(changed);
  }

  /** An answer that is on its way does not bring the session back. @returns false if they are too many */
  #holdAgainst(ended: Revocation): boolean {
    if (this.#asked.size === 0) return true;
    if (this.#ended.length < MOST_ENDED) {
      this.#ended.push(ended);
      return true;
    }
    this.#ended = [];
    return false;
  }

  #askOnce(key: string, credential: PresentedCredential, ids?: RequestIds): Promise<Admission> {
    const { scheme } = credential;
    if (this.#underWay[scheme] >= MOST_ASKED) return Promise.reject(tooManyAsked());
    this.#underWay[scheme] += 1;
    const asked = this.#answer(key, credential, ids).finally(() => {
      this.#underWay[scheme] -= 1;
      this.#asked.delete(key);
      if (this.#asked.size === 0) this.#ended = [];
    });
    this.#asked.set(key, asked);
    return asked;
  }

  async #answer(key: string, credential: PresentedCredential, ids?: RequestIds): Promise<Admission> {
    for (let tries = 1; ; tries += 1) {
      const generation = this.#generation;
      const principal = await this.#ask(credential, ids);
      const hasEnded = principal !== undefined && this.#ended.some((ended) => isOver(principal, ended));
      if (generation === this.#generation) return this.#known.keep(key, hasEnded ? undefined : principal);
      if (tries >= TRIES) throw tooManyAsked();
    }
  }
}

function tooManyAsked(): VexilError {
  return new VexilError("VEXIL_OVERLOADED_REQUESTS", "too many credentials have to be verified at once");
}
