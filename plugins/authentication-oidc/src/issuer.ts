import { boundedFetch } from "@vexil/plugin-api";
import { createRemoteJWKSet, customFetch as keysFetch, type RemoteJWKSet } from "jose";
import { allowInsecureRequests, customFetch, discovery, type ServerMetadata } from "openid-client";
import { faultOf, type Step, unavailable } from "./faults.js";

/** Bounds of one step, and of its answer. */
export const STEP = { deadlineMs: 10_000, maxBytes: 2 ** 20 } as const;

/** A provider that did not answer as it should is left alone for so long. */
const FAILED_MS = 1_000;

/** A key that is not known is asked for again at most this often, so that made-up tokens do no harm. */
const UNKNOWN_KEY_MS = 5_000;

/** A provider as it describes itself. */
export interface Discovered {
  readonly metadata: ServerMetadata;
  readonly keys: RemoteJWKSet;
}

/** An issuer of identities; its discovery document is read on first use and kept for a while. */
export class Issuer {
  readonly #url: string;
  readonly #keepMs: number;
  readonly #ended: AbortSignal;
  #kept: { readonly discovered: Discovered; readonly until: number } | undefined;
  #failed: { readonly error: unknown; readonly until: number } | undefined;
  #pending: Promise<Discovered> | undefined;

  constructor(url: string, options: { readonly keepMs: number; readonly ended: AbortSignal }) {
    this.#url = url;
    this.#keepMs = options.keepMs;
    this.#ended = options.ended;
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_PROVIDER */
  async discover(step: Step): Promise<Discovered> {
    if (this.#kept !== undefined && performance.now() < this.#kept.until) return this.#kept.discovered;
    if (this.#failed !== undefined && performance.now() < this.#failed.until) {
      throw discoveryFault(step, this.#failed.error);
    }
    // Whoever comes meanwhile waits for the same answer; it does not end with the request that asked first.
    this.#pending ??= this.#readOnce();
    try {
      return await this.#pending;
    } catch (error) {
      throw discoveryFault(step, error);
    }
  }

  async #readOnce(): Promise<Discovered> {
    try {
      return await this.#read();
    } catch (error) {
      this.#failed = { error, until: performance.now() + FAILED_MS };
      throw error;
    } finally {
      this.#pending = undefined;
    }
  }

  async #read(): Promise<Discovered> {
    const fetch = boundedFetch({ ...STEP, signal: this.#ended });
    const options = { [customFetch]: fetch, execute: this.#isPlain ? [allowInsecureRequests] : [] };
    // The client's name is none of discovery's business.
    const client = await discovery(new URL(this.#url), "-", undefined, undefined, options);
    const metadata: ServerMetadata = client.serverMetadata();
    if (metadata.issuer !== this.#url) {
      throw new WrongDocument(`names another issuer than issuer_url ${this.#url}; both must be equal, to the slash`);
    }
    const keysUrl = this.#endpoint(metadata, "jwks_uri");
    for (const name of ["authorization_endpoint", "token_endpoint"] as const) this.#endpoint(metadata, name);
    const keys = createRemoteJWKSet(keysUrl, {
      [keysFetch]: fetch,
      timeoutDuration: STEP.deadlineMs,
      cooldownDuration: UNKNOWN_KEY_MS,
    });
    const discovered = { metadata, keys };
    this.#kept = { discovered, until: performance.now() + this.#keepMs };
    return discovered;
  }

  get #isPlain(): boolean {
    return this.#url.startsWith("http:");
  }

  /** An address out of the document: browsers and secrets are sent there. */
  #endpoint(metadata: ServerMetadata, name: "authorization_endpoint" | "token_endpoint" | "jwks_uri"): URL {
    const value = metadata[name];
    const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
    if (url !== undefined && (url.protocol === "https:" || (this.#isPlain && url.protocol === "http:"))) return url;
    throw new WrongDocument(`names no usable ${name} in its discovery document`);
  }
}

/** A discovery document that cannot be used: the message says what the provider does wrong. */
class WrongDocument extends Error {}

function discoveryFault(step: Step, error: unknown): Error {
  if (error instanceof WrongDocument) return unavailable(step, error.message);
  const fault = faultOf(step, error);
  if (fault.code === "VEXIL_UNAVAILABLE_PROVIDER") return fault;
  return unavailable(step, "has no valid discovery document; check issuer_url");
}
