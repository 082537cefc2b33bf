import type { LoginFlow } from "@vexil/plugin-api";
import {
  authorizationCodeGrant,
  type ClientAuth,
  ClientSecretPost,
  type Configuration,
  genericGrantRequest,
  type ServerMetadata,
  type TokenEndpointResponse,
} from "openid-client";
import type { Claims } from "./claims.js";
import { clientBasic } from "./client-basic.js";
import { faultOf, type Step, unauthenticated } from "./faults.js";
import type { Discovered } from "./issuer.js";
import { verifyFreshToken } from "./verify-token.js";

/** How a client says that it is one (`token_endpoint_auth_method` of OpenID Connect Discovery). */
const METHODS = { client_secret_basic: clientBasic, client_secret_post: ClientSecretPost } as const;

type Method = keyof typeof METHODS;

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

export interface Exchange {
  /** Makes the library's view of this client, which says who it is in one way. */
  readonly clientOf: (authentication: ClientAuth) => Configuration;
  readonly discovered: Discovered;
  readonly secret: string;
  readonly algorithms: readonly string[];
}

/** A code that a browser has brought back. */
export interface ReturnedCode {
  readonly flow: LoginFlow;
  /** Of the callback's query. */
  readonly parameters: URLSearchParams;
  readonly usePkce: boolean;
}

/** Tokens that a grant has brought. */
type Tokens = Pick<TokenEndpointResponse, "access_token" | "id_token">;

export interface Exchanged {
  readonly idToken: string;
  readonly accessToken: string;
  /** Of the ID token, verified. */
  readonly claims: Claims & { readonly sub: string };
}

/** Exchanges codes for verified claims. */
export class CodeExchange {
  readonly redirectUri: string;
  readonly #clientId: string;
  /** The method that the provider took last. */
  #taken: Method | undefined;

  constructor(redirectUri: string, clientId: string) {
    this.redirectUri = redirectUri;
    this.#clientId = clientId;
  }

  /** @throws VexilError when there is no token, or it is not valid */
  async exchangeCode(step: Step, { flow, parameters, usePkce }: ReturnedCode, exchange: Exchange): Promise<Exchanged> {
    const url = new URL(this.redirectUri);
    for (const [name, value] of parameters) url.searchParams.append(name, value);
    url.searchParams.set("state", flow.state);
    const checks = {
      expectedState: flow.state,
      expectedNonce: flow.nonce,
      idTokenExpected: true,
      ...(usePkce && { pkceCodeVerifier: flow.codeVerifier }),
    };
    return this.#exchange(step, exchange, (client) => authorizationCodeGrant(client, url, checks));
  }

  /**
   * @returns how to wait, as long as the user has not finished
   * @throws VexilError when there is no token, or it is not valid
   */
  async exchangeDeviceCode(
    step: Step,
    deviceCode: string,
    exchange: Exchange,
  ): Promise<Exchanged | "pending" | "slow_down"> {
    let waits: "pending" | "slow_down" | undefined;
    try {
      return await this.#exchange(step, exchange, (client) =>
        genericGrantRequest(client, DEVICE_GRANT, { device_code: deviceCode }).catch((error: unknown) => {
          waits = waitOf(error);
          throw error;
        }),
      );
    } catch (error) {
      if (waits !== undefined) return waits;
      throw error;
    }
  }

  /** Asks for something in the provider's name for this client, in each of the ways that it may take. */
  async asClient<T>(
    { discovered, secret, clientOf }: Exchange,
    ask: (client: Configuration) => Promise<T>,
  ): Promise<T> {
    const methods = this.#methods(discovered.metadata);
    for (const [index, method] of methods.entries()) {
      try {
        const answer = await ask(clientOf(METHODS[method](secret)));
        this.#taken = method;
        return answer;
      } catch (error) {
        // Servers support several methods, of which a client has one; which, they do not tell.
        if (!isClientRefused(error) || index === methods.length - 1) throw error;
      }
    }
    throw new Error("there is no method");
  }

  async #exchange(
    step: Step,
    exchange: Exchange,
    grant: (client: Configuration) => Promise<Tokens>,
  ): Promise<Exchanged> {
    const { discovered, algorithms } = exchange;
    try {
      const tokens = await this.asClient(exchange, grant);
      const [idToken, accessToken] = [tokens.id_token ?? "", tokens.access_token];
      const claims = await verifyFreshToken(idToken, discovered.keys, {
        issuer: discovered.metadata.issuer,
        audience: this.#clientId,
        algorithms: [...algorithms],
        requiredClaims: ["exp", "iat", "sub"],
      });
      // The library lets clocks differ, but a token that has ended is of no use.
      if ((claims.exp ?? 0) * 1_000 <= Date.now()) throw unauthenticated(step, "the ID token has expired");
      return { idToken, accessToken, claims: { ...claims, sub: String(claims.sub) } };
    } catch (error) {
      throw faultOf(step, error);
    }
  }

  #methods({ token_endpoint_auth_methods_supported: supported }: ServerMetadata): readonly Method[] {
    const known: Method[] = ["client_secret_basic", "client_secret_post"];
    const offered = known.filter((method) => supported === undefined || supported.includes(method));
    const methods = offered.length === 0 ? known : offered;
    return methods.sort((a, b) => Number(b === this.#taken) - Number(a === this.#taken));
  }
}

function isClientRefused(error: unknown): boolean {
  const { status, error: code } = error as { readonly status?: unknown; readonly error?: unknown };
  return status === 401 || code === "invalid_client" || code === "unauthorized_client";
}

/** How long an answer asks to wait (RFC 8628 §3.5); undefined: it is another error. */
function waitOf(error: unknown): "pending" | "slow_down" | undefined {
  const { error: code } = error as { readonly error?: unknown };
  if (code === "authorization_pending") return "pending";
  return code === "slow_down" ? "slow_down" : undefined;
}
