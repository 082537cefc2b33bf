import { boundedFetch } from "@vexil/plugin-api";
import {
  allowInsecureRequests,
  type ClientAuth,
  Configuration,
  clockTolerance,
  customFetch,
  fetchUserInfo,
} from "openid-client";
import type { Claims } from "./claims.js";
import { faultOf, type Step, unauthenticated, unavailable } from "./faults.js";
import { type Discovered, type Issuer, STEP } from "./issuer.js";
import { SKEW_S } from "./verify-token.js";

/** This client of a provider: what is asked there, and within which bounds. */
export class ProviderClient {
  readonly #clientId: string;
  readonly #issuerUrl: string;
  readonly #algorithms: readonly string[];
  readonly #issuer: Issuer;

  constructor(clientId: string, issuerUrl: string, algorithms: readonly string[], issuer: Issuer) {
    this.#clientId = clientId;
    this.#issuerUrl = issuerUrl;
    this.#algorithms = algorithms;
    this.#issuer = issuer;
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_PROVIDER */
  async discover(step: Step, signal: AbortSignal): Promise<Discovered> {
    signal.throwIfAborted();
    return this.#issuer.discover(step);
  }

  /** The library's view of this client, for one call. */
  of({ metadata }: Discovered, signal: AbortSignal, authentication?: ClientAuth): Configuration {
    // The provider may support more algorithms than are wanted here.
    const server = { ...metadata, id_token_signing_alg_values_supported: [...this.#algorithms] };
    const client = new Configuration(server, this.#clientId, { [clockTolerance]: SKEW_S }, authentication);
    client[customFetch] = boundedFetch({ ...STEP, signal });
    client.timeout = STEP.deadlineMs / 1_000;
    if (this.#issuerUrl.startsWith("http:")) allowInsecureRequests(client);
    return client;
  }

  /**
   * Claims of the user info endpoint.
   * @throws VexilError unless the answer is about the same user
   */
  async userInfo(
    step: Step,
    discovered: Discovered,
    { accessToken, subject }: { readonly accessToken: string; readonly subject: string },
    signal: AbortSignal,
  ): Promise<Claims> {
    if (discovered.metadata.userinfo_endpoint === undefined) throw unavailable(step, "has no user info endpoint");
    try {
      return { ...(await fetchUserInfo(this.of(discovered, signal), accessToken, subject)) };
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED") {
        throw faultOf(step, error);
      }
      throw unauthenticated(step, "it is of another sub than the ID token");
    }
  }
}
