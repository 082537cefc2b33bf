import type { LoginFlow } from "@vexil/plugin-api";
import {
  authorizationCodeGrant,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  type ServerMetadata,
} from "openid-client";
import type { Claims } from "./claims.js";
import { faultOf, type Step, unauthenticated } from "./faults.js";
import type { Discovered } from "./issuer.js";
import { verifyFreshToken } from "./verify-token.js";

/** How a client says that it is one (`token_endpoint_auth_method` of OpenID Connect Discovery). */
const METHODS = { client_secret_basic: ClientSecretBasic, client_secret_post: ClientSecretPost } as const;

type Method = keyof typeof METHODS;

export interface Exchange {
  readonly flow: LoginFlow;
  /** Of the callback's query. */
  readonly parameters: URLSearchParams;
  readonly usePkce: boolean;
  readonly discovered: Discovered;
  readonly secret: string;
  readonly algorithms: readonly string[];
}

export interface Exchanged {
  readonly idToken: string;
  readonly accessToken: string;
  /** Of the ID token, verified. */
  readonly claims: Claims & { readonly sub: string };
}

/** Turns codes into verified claims. */
export class CodeExchange {
  readonly redirectUri: string;
  /** The method that the provider took last. */
  #taken: Method | undefined;

  constructor(redirectUri: string) {
    this.redirectUri = redirectUri;
  }

  /** @throws VexilError when there is no token, or it is not valid */
  async exchange(
    step: Step,
    exchange: Exchange,
    clientOf: (authentication: ClientAuth) => Configuration,
  ): Promise<Exchanged> {
    const { discovered, algorithms } = exchange;
    try {
      const { idToken, accessToken, issuer, clientId } = await this.#redeem(exchange, clientOf);
      const claims = await verifyFreshToken(idToken, discovered.keys, {
        issuer,
        audience: clientId,
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

  async #redeem(
    { flow, parameters, usePkce, discovered, secret }: Exchange,
    clientOf: (authentication: ClientAuth) => Configuration,
  ): Promise<{ idToken: string; accessToken: string; issuer: string; clientId: string }> {
    const url = new URL(this.redirectUri);
    for (const [name, value] of parameters) url.searchParams.append(name, value);
    url.searchParams.set("state", flow.state);
    const checks = {
      expectedState: flow.state,
      expectedNonce: flow.nonce,
      idTokenExpected: true,
      ...(usePkce && { pkceCodeVerifier: flow.codeVerifier }),
    };
    const methods = this.#methods(discovered.metadata);
    for (const [index, method] of methods.entries()) {
      const client = clientOf(METHODS[method](secret));
      try {
        const tokens = await authorizationCodeGrant(client, url, checks);
        this.#taken = method;
        return {
          idToken: tokens.id_token ?? "",
          accessToken: tokens.access_token,
          issuer: discovered.metadata.issuer,
          clientId: client.clientMetadata().client_id,
        };
      } catch (error) {
        // Servers support several methods, of which a client has one; which, they do not tell.
        if (!isClientRefused(error) || index === methods.length - 1) throw error;
      }
    }
    throw new Error("there is no method");
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
