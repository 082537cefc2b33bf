import { createLocalJWKSet, type JWTVerifyGetKey } from "jose";
import type { ApiServer } from "./api-server.js";
import { unavailable } from "./faults.js";

/** Age at which keys are read again, so that withdrawn ones end. */
const KEEP_MS = 600_000;

/** A key that is not known is asked for again at most this often, so that made-up tokens do no harm. */
const UNKNOWN_KEY_MS = 5_000;

/** Tokens that wait for other keys: whoever makes up more does not hold up those whose keys are known. */
const MOST_WAITING = 200;

/** A failed look at the API server is not repeated sooner. */
const RETRY_MS = 1_000;

/** A cluster's issuer, and what it signs service accounts' tokens with. */
export interface Cluster {
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
}

interface Kept extends Cluster {
  /** Issuer and keys, the same for the same. */
  readonly text: string;
  readonly readAt: number;
}

/** The keys of a cluster: read on first use, kept for a while, and kept on while the API server is away. */
export class ClusterKeys {
  readonly #server: ApiServer;
  readonly #discoveryUrl: string;
  readonly #changed: () => void;
  #kept: Kept | undefined;
  #pending: Promise<Kept> | undefined;
  #failed: { readonly error: unknown; readonly at: number } | undefined;
  #askedAgainAt = Number.NEGATIVE_INFINITY;
  #waiting = 0;

  /** @param changed called when other keys are there than before */
  constructor(server: ApiServer, discoveryUrl: string, changed: () => void) {
    this.#server = server;
    this.#discoveryUrl = discoveryUrl;
    this.#changed = changed;
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_PROVIDER while they could never be read */
  async current(): Promise<Cluster> {
    const kept = this.#kept;
    if (kept !== undefined && performance.now() - kept.readAt < KEEP_MS) return kept;
    try {
      return await this.#read();
    } catch (error) {
      if (kept !== undefined) return kept;
      throw error;
    }
  }

  /**
   * Reads the keys again, for a token that is signed with none of them.
   * @returns undefined: it was done a moment ago, too many wait for it, or the API server is away
   */
  async again(): Promise<Cluster | undefined> {
    if (this.#pending === undefined && performance.now() - this.#askedAgainAt < UNKNOWN_KEY_MS) return undefined;
    if (this.#waiting >= MOST_WAITING) return undefined;
    this.#waiting += 1;
    try {
      return await this.#read();
    } catch {
      return undefined;
    } finally {
      this.#waiting -= 1;
      this.#askedAgainAt = performance.now();
    }
  }

  /** Whoever asks meanwhile gets the same answer. */
  #read(): Promise<Kept> {
    if (this.#pending !== undefined) return this.#pending;
    if (this.#failed !== undefined && performance.now() - this.#failed.at < RETRY_MS) {
      return Promise.reject(this.#failed.error);
    }
    this.#pending = this.#discover().then(
      (kept) => {
        const isNew = this.#kept !== undefined && this.#kept.text !== kept.text;
        this.#kept = kept;
        this.#failed = undefined;
        if (isNew) this.#changed();
        return kept;
      },
      (error: unknown) => {
        this.#failed = { error, at: performance.now() };
        throw error;
      },
    );
    return this.#pending.finally(() => {
      this.#pending = undefined;
    });
  }

  async #discover(): Promise<Kept> {
    const url = `${this.#discoveryUrl.replace(/\/+$/, "")}/.well-known/openid-configuration`;
    const document = await this.#server.read(url);
    const { issuer, jwks_uri: keysUrl } = (document ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof issuer !== "string" || issuer === "" || typeof keysUrl !== "string") {
      throw unavailable("the discovery document names no issuer or no jwks_uri");
    }
    const set = await this.#server.read(keysUrl);
    try {
      const keys = createLocalJWKSet(set as Parameters<typeof createLocalJWKSet>[0]);
      return { issuer, keys, text: JSON.stringify([issuer, ...textsOf(set)]), readAt: performance.now() };
    } catch {
      throw unavailable("the document at jwks_uri holds no keys");
    }
  }
}

/** Keys in an order of their own: API servers of one cluster may tell them in different ones. */
function textsOf(set: unknown): readonly string[] {
  const { keys } = (set ?? {}) as { readonly keys?: unknown };
  return Array.isArray(keys) ? keys.map((key) => JSON.stringify(Object.entries(key ?? {}).sort())).sort() : [];
}
