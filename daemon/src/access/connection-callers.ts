import type { Admission } from "./admission.js";
import { hasExpired, type Principal } from "./principal.js";

/** Longer texts are not kept for each connection: they are looked up like those of new ones. */
const LONGEST_TEXT = 4096;

interface ConnectionCaller {
  readonly authorization: string;
  readonly admission: Admission & { readonly principal: Principal };
  /** From then on it is looked up again (`performance.now()`). */
  readonly until: number;
}

/**
 * The caller of each connection's last request. Nearly all of a connection are one caller's, and then their credential
 * need not be hashed to be looked up.
 */
export class ConnectionCallers {
  #callers = new WeakMap<object, ConnectionCaller>();

  /** @returns undefined if the last caller came with another credential, or has to be looked up again */
  get(connection: object, authorization: string): Admission | undefined {
    const known = this.#callers.get(connection);
    if (known === undefined || known.authorization !== authorization) return undefined;
    return known.until > performance.now() && !hasExpired(known.admission.principal) ? known.admission : undefined;
  }

  keep(connection: object, authorization: string, { admitted, principal, until }: Admission): void {
    if (principal === undefined || until === undefined || authorization.length > LONGEST_TEXT) return;
    this.#callers.set(connection, { authorization, admission: { admitted, principal }, until });
  }

  /** All of them are looked up again. */
  forget(): void {
    this.#callers = new WeakMap();
  }
}
