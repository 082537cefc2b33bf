import { hkdfSync, randomBytes, type ScryptOptions, scrypt } from "node:crypto";
import { promisify } from "node:util";

const KEY_BYTES = 32;
/** The same for all daemons: they have nothing in common but the text. */
const SALT = "vexil session key";
/** 32 MiB and a tenth of a second for each guess (RFC 7914). */
const COST: ScryptOptions = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };

const stretched = promisify<string, string, number, ScryptOptions, Buffer>(scrypt);

/** The key of everything that logins and sessions need, and what is derived from it (RFC 5869). */
export class SessionKeys {
  /** Whoever has it can make sessions. */
  readonly master: Uint8Array;
  readonly session: Uint8Array;
  /** Hides names of logins. */
  readonly names: Uint8Array;
  /** Proves that a daemon with this key has ended a session. */
  readonly ends: Uint8Array;

  constructor(master: Uint8Array) {
    this.master = master;
    this.session = this.derived("session", "");
    this.names = this.derived("names of logins", "");
    this.ends = this.derived("ends of sessions", "");
  }

  /** Keys that follow from a text, slowly: it may have been thought up. */
  static async of(text: string): Promise<SessionKeys> {
    return new SessionKeys(await stretched(text, SALT, KEY_BYTES, COST));
  }

  static random(): SessionKeys {
    return new SessionKeys(randomBytes(KEY_BYTES));
  }

  /** A value of its own for each purpose and name. */
  derived(purpose: string, name: string): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", this.master, "vexil", `${purpose}\u0000${name}`, KEY_BYTES));
  }
}
