import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { LoginFlow } from "@vexil/plugin-api";
import type { SessionKeys } from "./session-keys.js";

/** A state is for one method and provider, once, and so long. */
const LIFE_MS = 120_000;
/** Clocks of several daemons with the same key may differ by so much. */
const SKEW_MS = 60_000;
const USED = 100_000;

interface State {
  readonly security_token: string;
  readonly original_state: string;
  readonly issued_at: number;
  readonly mac: string;
}

/** Longest `state` of a caller that is kept. */
const ORIGINAL_CHARACTERS = 1000;

/**
 * States of logins in progress. Nothing of them is stored: whoever has the key can check one, and derive nonce and
 * verifier of it. Only those that were used are remembered until they are over.
 */
export class LoginStates {
  readonly #keys: () => SessionKeys;
  readonly #used = new Map<string, number>();

  constructor(keys: () => SessionKeys) {
    this.#keys = keys;
  }

  /** @param original the caller's own state, which goes along */
  begin(method: string, provider: string | undefined, original: string): LoginFlow {
    const token = randomBytes(32).toString("base64url");
    const unsigned = {
      security_token: token,
      original_state: original.slice(0, ORIGINAL_CHARACTERS),
      issued_at: Date.now(),
    };
    const mac = this.#mac(method, provider, unsigned);
    const state = Buffer.from(JSON.stringify({ ...unsigned, mac })).toString("base64url");
    return this.#flow(provider, state, token);
  }

  /** @returns undefined for a state that is not ours, is of another provider, too old, or was used already */
  finish(method: string, provider: string | undefined, text: string): LoginFlow | undefined {
    const state = parsed(text);
    if (state === undefined || !isSame(state.mac, this.#mac(method, provider, state))) return undefined;
    const age = Date.now() - state.issued_at;
    const token = state.security_token;
    if (age > LIFE_MS || age < -SKEW_MS || this.#used.has(token)) return undefined;
    this.#use(token);
    return this.#flow(provider, text, token);
  }

  #flow(provider: string | undefined, state: string, token: string): LoginFlow {
    const derived = (purpose: string): string =>
      Buffer.from(this.#keys().derived(purpose, token)).toString("base64url");
    return { provider, state, nonce: derived("nonce"), codeVerifier: derived("verifier") };
  }

  #mac(method: string, provider: string | undefined, state: Omit<State, "mac">): string {
    const { security_token: token, original_state: original, issued_at: at } = state;
    return createHmac("sha256", this.#keys().derived("state", ""))
      .update(JSON.stringify([method, provider ?? "", token, original, at]))
      .digest("base64url");
  }

  #use(token: string): void {
    const now = Date.now();
    for (const [old, until] of this.#used) {
      if (until > now && this.#used.size < USED) break;
      this.#used.delete(old);
    }
    this.#used.set(token, now + LIFE_MS + SKEW_MS);
  }
}

function parsed(text: string): State | undefined {
  try {
    const state = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as Partial<Record<keyof State, unknown>>;
    const { security_token: token, original_state: original, issued_at: at, mac } = state;
    const isState = [token, original, mac].every((part) => typeof part === "string") && typeof at === "number";
    return isState ? (state as State) : undefined;
  } catch {
    return undefined;
  }
}

function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
