import { hkdfSync, randomBytes } from "node:crypto";

const KEY_BYTES = 32;

/** The key of everything that logins and sessions need, and what is derived from it (RFC 5869). */
export class SessionKeys {
  readonly #master: Uint8Array;
  readonly session: Uint8Array;

  constructor(master: Uint8Array) {
    this.#master = master;
    this.session = this.derived("session", "");
  }

  static random(): SessionKeys {
    return new SessionKeys(randomBytes(KEY_BYTES));
  }

  /** A value of its own for each purpose and name. */
  derived(purpose: string, name: string): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", this.#master, "vexil", `${purpose}\u0000${name}`, KEY_BYTES));
  }
}
