import type { PresentedCredential } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Admission } from "./admission.js";
import { credentialKey } from "./credential.js";
import { KnownCallers } from "./known-callers.js";
import type { Principal } from "./principal.js";

/** Finds out whose a credential is; undefined: nobody's. Rejects with VexilError if it cannot be found out now. */
export type AskCaller = (credential: PresentedCredential) => Promise<Principal | undefined>;

/** Credentials that are asked about at the same time. */
const MOST_ASKED = 1000;
/** Sessions that were ended a moment ago. */
const MOST_ENDED = 10_000;
/** Answers that what they were made of has changed meanwhile are asked for again, so many times. */
const TRIES = 3;

/** Whose credentials are: what is known is said at once, the rest is asked for, each credential once at a time. */
export class Callers {
  readonly #ask: AskCaller;
  readonly #known = new KnownCallers();
  readonly #asked = new Map<string, Promise<Admission>>();
  readonly #changed = new Set<(session: string | undefined) => void>();
  readonly #ended = new Set<string>();
  #generation = 0;

  constructor(ask: AskCaller) {
    this.#ask = ask;
  }

  /** @returns a promise that rejects with VexilError when it cannot be found out now */
  of(credential: PresentedCredential): Admission | Promise<Admission> {
    const key = credentialKey(credential);
    return this.#known.get(key) ?? this.#asked.get(key) ?? this.#askOnce(key, credential);
  }

  /** Tells it if it is known already. */
  known(credential: PresentedCredential): Admission | undefined {
    return this.#known.get(credentialKey(credential));
  }

  /** @param session whose callers are forgotten; undefined: all */
  forget(session?: string): void {
    if (session === undefined) this.#generation += 1;
    else this.#end(session);
    this.#known.forget(session);
    for (const changed of this.#changed) changed(session);
  }

  /** Calls back whenever something was forgotten: a session, or all. */
  onForget(changed: (session: string | undefined) => void): void {
    this.#changed.add(changed);
  }

  /** An answer that is on its way does not bring the session back. */
  #end(session: string): void {
    this.#ended.add(session);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= MOST_ENDED) break;
      this.#ended.delete(oldest);
    }
  }

  #askOnce(key: string, credential: PresentedCredential): Promise<Admission> {
    if (this.#asked.size >= MOST_ASKED) return Promise.reject(tooManyAsked());
    const asked = this.#answer(key, credential).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asked);
    return asked;
  }

  async #answer(key: string, credential: PresentedCredential): Promise<Admission> {
    for (let tries = 1; ; tries += 1) {
      const generation = this.#generation;
      const principal = await this.#ask(credential);
      const isOver = principal !== undefined && this.#ended.has(principal.id);
      if (generation === this.#generation) return this.#known.keep(key, isOver ? undefined : principal);
      if (tries >= TRIES) throw tooManyAsked();
    }
  }
}

function tooManyAsked(): VexilError {
  return new VexilError("VEXIL_OVERLOADED_REQUESTS", "too many credentials have to be verified at once");
}
