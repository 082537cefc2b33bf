import { type AuthenticationMethod, type Identity, type PresentedCredential, VexilError } from "@vexil/plugin-api";
import { errors } from "jose";
import { ApiServer } from "./api-server.js";
import { ClusterKeys } from "./cluster-keys.js";
import { unauthenticated, unavailable } from "./faults.js";
import { exchangedIdentity, verifiedIdentity } from "./identity.js";
import type { KubernetesSettings } from "./settings.js";
import { verifyToken } from "./verify-token.js";

/** Authenticates service accounts of a Kubernetes cluster by their tokens. */
export class KubernetesMethod implements AuthenticationMethod {
  readonly schemes = ["JWT"] as const;
  readonly #keys: ClusterKeys;
  readonly #ending = new AbortController();

  /** @param invalidate called when tokens that were valid may not be any more */
  constructor(settings: KubernetesSettings, invalidate: () => void) {
    const server = new ApiServer(settings, this.#ending.signal);
    this.#keys = new ClusterKeys(server, settings.discovery_url, invalidate);
  }

  async verify({ scheme, value }: PresentedCredential, signal: AbortSignal): Promise<Identity | undefined> {
    if (scheme !== "JWT") return undefined;
    try {
      return verifiedIdentity(await this.#verified(value, signal));
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  async exchange(token: string, signal: AbortSignal): Promise<Identity> {
    try {
      return exchangedIdentity(await this.#verified(token, signal));
    } catch (error) {
      if (error instanceof errors.JOSEError) throw unauthenticated(reasonOf(error));
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#ending.abort();
  }

  /** The keys are everybody's: they are read on when the request that asked for them has ended. */
  async #verified(token: string, signal: AbortSignal): ReturnType<typeof verifyToken> {
    signal.throwIfAborted();
    let onAbort = (): void => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(unavailable("the API server did not answer in time"));
      signal.addEventListener("abort", onAbort);
    });
    try {
      return await Promise.race([verifyToken(token, this.#keys), aborted]);
    } catch (error) {
      if (error instanceof errors.JOSEError || VexilError.is(error)) throw error;
      // A token can be such that the library does not find words of its own for it.
      throw new errors.JWTInvalid();
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}

function reasonOf({ code }: errors.JOSEError): string {
  if (code === "ERR_JWT_EXPIRED") return "the token has expired";
  if (code === "ERR_JWT_CLAIM_VALIDATION_FAILED") return "a claim of the token is not the expected one";
  if (code === "ERR_JWKS_NO_MATCHING_KEY" || code === "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") {
    return "the token is signed with no key of the cluster";
  }
  return "it is no valid token";
}
