import { createHmac, timingSafeEqual } from "node:crypto";
import { isRevocation, type Revocation, revocationText } from "../revocation.js";

/** Longest text that is taken for one: names of methods and providers are short. */
const TEXT_CHARACTERS = 10_000;
/** Stands for the method where sessions of all of them end. It is no method's name. */
const EVERY_METHOD = "*";

/**
 * Ends of sessions as they stand where others can write, too: each with a proof that a daemon which has the key made it.
 * Whoever can write there without that can take entries away, but log nobody out.
 */
export class ProvenTexts {
  readonly #key: Uint8Array;
  readonly #refused: (count: number) => void;

  /** @param refused told how many others there were */
  constructor(key: Uint8Array, refused: (count: number) => void) {
    this.#key = key;
    this.#refused = refused;
  }

  textOf(revocation: Revocation): string {
    // That names are missing by mistake does not end everybody's session.
    const isOfAll = revocation.id === undefined && revocation.method === undefined;
    const named = isOfAll ? { ...revocation, method: EVERY_METHOD } : revocation;
    return JSON.stringify({ ...named, mac: this.#macOf(named) });
  }

  /** Those of the texts that are proved. */
  read(texts: readonly unknown[]): readonly Revocation[] {
    const proven = texts.flatMap((text) => this.#read(text) ?? []);
    if (proven.length < texts.length) this.#refused(texts.length - proven.length);
    return proven;
  }

  #read(text: unknown): Revocation | undefined {
    if (typeof text !== "string" || text.length > TEXT_CHARACTERS) return undefined;
    const value = parsed(text);
    if (!isRevocation(value)) return undefined;
    const { mac } = value as { readonly mac?: unknown };
    const { id, method, provider, issuer, sid, sub, at, unproven } = value;
    const named = { id, method, provider, issuer, sid, sub, at, unproven };
    if (typeof mac !== "string" || !isSame(mac, this.#macOf(named)) || (id ?? method) === undefined) return undefined;
    return method === EVERY_METHOD ? { at } : named;
  }

  #macOf(revocation: Revocation): string {
    return createHmac("sha256", this.#key).update(revocationText(revocation)).digest("base64url");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
