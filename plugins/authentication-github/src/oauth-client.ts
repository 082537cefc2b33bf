import { type BoundedRequest, boundedFetch, type LoginFlow, VexilError } from "@vexil/plugin-api";
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  customFetch,
} from "openid-client";
import { unauthenticated, unavailable } from "./faults.js";

const REQUEST = { deadlineMs: 5_000, maxBytes: 2 ** 20 } as const;

/** Error codes of OAuth and of GitHub. */
const CODE = /^[a-z][a-z0-9_]{0,63}$/;

export interface OAuthOptions {
  readonly serverUrl: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly usePkce: boolean;
}

/** GitHub's web application flow (OAuth 2.0 with a dialect of its own). */
export class OAuthClient {
  readonly #options: OAuthOptions;

  constructor(options: OAuthOptions) {
    this.#options = options;
  }

  async authorize(flow: LoginFlow): Promise<string> {
    const { redirectUri, scopes, usePkce } = this.#options;
    const parameters = new URLSearchParams({ redirect_uri: redirectUri, state: flow.state });
    if (scopes.length > 0) parameters.set("scope", scopes.join(" "));
    if (usePkce) {
      parameters.set("code_challenge", await calculatePKCECodeChallenge(flow.codeVerifier));
      parameters.set("code_challenge_method", "S256");
    }
    return buildAuthorizationUrl(this.#client(""), parameters).href;
  }

  /**
   * @returns the user's access token
   * @throws VexilError when there is none
   */
  async redeem(flow: LoginFlow, parameters: URLSearchParams, secret: string, signal: AbortSignal): Promise<string> {
    const url = new URL(this.#options.redirectUri);
    const code = parameters.get("code");
    const error = parameters.get("error");
    if (error) throw unauthenticated(`GitHub answered ${CODE.test(error) ? error : "an error"}`);
    if (!code) throw unauthenticated("there is no code");
    url.searchParams.set("code", code);
    url.searchParams.set("state", flow.state);
    const client = this.#client(secret);
    client[customFetch] = tokenFetch(signal);
    client.timeout = REQUEST.deadlineMs / 1_000;
    try {
      const checks = {
        expectedState: flow.state,
        ...(this.#options.usePkce && { pkceCodeVerifier: flow.codeVerifier }),
      };
      return (await authorizationCodeGrant(client, url, checks)).access_token;
    } catch (failure) {
      throw faultOf(failure);
    }
  }

  #client(secret: string): Configuration {
    const { serverUrl, clientId } = this.#options;
    const server = serverUrl.replace(/\/+$/, "");
    const metadata = {
      issuer: server,
      authorization_endpoint: `${server}/login/oauth/authorize`,
      token_endpoint: `${server}/login/oauth/access_token`,
    };
    const client = new Configuration(metadata, clientId, undefined, ClientSecretPost(secret || "-"));
    if (server.startsWith("http:")) allowInsecureRequests(client);
    return client;
  }
}

/** A `fetch` for tokens that knows GitHub's dialect: errors come with status 200. */
function tokenFetch(signal: AbortSignal): (url: string, init: BoundedRequest) => Promise<Response> {
  const fetch = boundedFetch({ ...REQUEST, signal });
  return async (url, init) => {
    const response = await fetch(url, init);
    if (response.status !== 200) return response;
    const body: unknown = await response.json().catch(() => undefined);
    if (typeof body !== "object" || body === null) throw unavailable("/login/oauth/access_token answered no JSON");
    const { error } = body as { readonly error?: unknown };
    if (error !== undefined) {
      throw unauthenticated(`code exchange failed: GitHub answered ${CODE.test(String(error)) ? error : "an error"}`);
    }
    return Response.json({ token_type: "bearer", ...body });
  };
}

/** An error in words of ours: the library's hold tokens, so that they never become a cause. */
function faultOf(failure: unknown): VexilError {
  for (let one = failure; typeof one === "object" && one !== null; one = (one as Error).cause) {
    if (VexilError.is(one)) return one;
    const { status, code } = one as { readonly status?: unknown; readonly code?: unknown };
    if (typeof status === "number" && status < 500 && status !== 429) {
      return unauthenticated(`code exchange failed: GitHub answered with status ${status}`);
    }
    if (typeof status === "number") return unavailable(`/login/oauth/access_token answered with status ${status}`);
    if (code === "OAUTH_INVALID_RESPONSE") return unavailable("/login/oauth/access_token answered no token");
  }
  return unavailable("/login/oauth/access_token did not answer in time, or cannot be reached");
}
