import type { IncomingHttpHeaders } from "node:http";
import type { Access } from "./access-rules.js";
import type { Principal } from "./principal.js";
import { isOver, type Revocation } from "./sessions/revocation.js";

/** A stream gets what is new for so long while it is found out whose it is. */
const HELD_MS = 1500;

/** Whose an open stream is. The same credential may be somebody else's after a reload, or have another end. */
export class StreamCaller {
  readonly access: Access;
  readonly headers: IncomingHttpHeaders;
  #principal: Principal | undefined;
  #unsettledSince: number | undefined;

  constructor(access: Access, headers: IncomingHttpHeaders, principal: Principal | undefined) {
    this.access = access;
    this.headers = headers;
    this.#principal = principal;
  }

  /** The caller as it was known last; undefined where nobody is asked who calls. */
  get principal(): Principal | undefined {
    return this.#principal;
  }

  /** Milliseconds for which it has not been known any more who it is; undefined: it is known. */
  get unsettledMs(): number | undefined {
    return this.#unsettledSince === undefined ? undefined : performance.now() - this.#unsettledSince;
  }

  /** True if it has not been known for so long that nothing new may go to it. */
  get isHeld(): boolean {
    return this.#unsettledSince !== undefined && performance.now() - this.#unsettledSince > HELD_MS;
  }

  /** Tells whether this is who it is, as far as is known. */
  isSettledAs(principal: Principal | undefined): boolean {
    return this.#unsettledSince === undefined && this.#principal === principal;
  }

  /** Tells whether it is of sessions that have ended, or may be. */
  mayBeOf(ended: Revocation): boolean {
    if (this.#unsettledSince !== undefined) return true;
    return this.#principal !== undefined && isOver(this.#principal, ended);
  }

  /** It is to be found out who it is. */
  unsettle(): void {
    this.#unsettledSince ??= performance.now();
  }

  settle(principal: Principal | undefined): void {
    this.#unsettledSince = undefined;
    this.#principal = principal;
  }
}
