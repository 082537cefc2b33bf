import {
  currentValue,
  type DeviceFlow,
  type EndedSessions,
  type Logger,
  type Login,
  type LoginFlow,
  type ProviderSession,
  Secret,
  VexilError,
} from "@vexil/plugin-api";
import {
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  initiateDeviceAuthorization,
} from "openid-client";
import { attributesOf, identityOf } from "./claims.js";
import { CodeExchange, type Exchange, type Exchanged } from "./code-exchange.js";
import type { EmailRule } from "./email-rule.js";
import { faultOf, type Step, unauthenticated, unavailable } from "./faults.js";
import type { Issuer } from "./issuer.js";
import { readLogoutToken } from "./logout-token.js";
import { ProviderClient } from "./provider-client.js";
import type { ProviderSettings } from "./settings.js";

/** Seconds between two questions where the provider names none (RFC 8628 §3.2). */
const INTERVAL_S = 5;

export interface ProviderParts {
  readonly issuer: Issuer;
  readonly emailRule: EmailRule;
  readonly logger: Logger;
}

/** One provider of `authentication.methods.oidc`. */
export class OidcProvider {
  readonly #name: string;
  readonly #settings: ProviderSettings;
  readonly #client: ProviderClient;
  readonly #emailRule: EmailRule;
  readonly #logger: Logger;
  readonly #codes: CodeExchange;
  readonly #clientId: string;
  readonly #issuerUrl: string;
  readonly #redirectAddress: string;

  constructor(name: string, settings: ProviderSettings, { issuer, emailRule, logger }: ProviderParts) {
    this.#name = name;
    this.#settings = settings;
    this.#emailRule = emailRule;
    this.#logger = logger;
    this.#clientId = settings.client_id ?? "";
    this.#issuerUrl = settings.issuer_url ?? "";
    this.#redirectAddress = settings.redirect_address ?? "";
    const callback = `/auth/v1/method/oidc/${encodeURIComponent(name)}/callback`;
    this.#client = new ProviderClient(this.#clientId, this.#issuerUrl, settings.algorithms, issuer);
    this.#codes = new CodeExchange(this.#redirectAddress.replace(/\/+$/, "") + callback, this.#clientId);
  }

  /** Tells whether users may log in devices without a browser. */
  get hasDeviceLogins(): boolean {
    return this.#settings.device_login;
  }

  async authorize(flow: LoginFlow, signal: AbortSignal): Promise<string> {
    const step = this.#step("authorize: failed get provider");
    const discovered = await this.#client.discover(step, signal);
    const { use_pkce: usePkce, authorize_parameters: added } = this.#settings;
    const parameters = new URLSearchParams({
      redirect_uri: this.#codes.redirectUri,
      scope: this.#scope(),
      state: flow.state,
      nonce: flow.nonce,
    });
    if (usePkce) {
      parameters.set("code_challenge", await calculatePKCECodeChallenge(flow.codeVerifier));
      parameters.set("code_challenge_method", "S256");
    }
    for (const [name, value] of Object.entries(added)) parameters.set(name, value);
    return buildAuthorizationUrl(this.#client.of(discovered, signal), parameters).href;
  }

  async callback(flow: LoginFlow, parameters: URLSearchParams, signal: AbortSignal): Promise<Login> {
    try {
      return await this.#logIn(flow, parameters, signal);
    } catch (error) {
      throw signal.aborted ? unavailable(this.#step("callback"), "did not answer in time") : error;
    }
  }

  async #logIn(flow: LoginFlow, parameters: URLSearchParams, signal: AbortSignal): Promise<Login> {
    const exchange = await this.#exchange("callback", signal);
    const exchanged = await this.#codes.exchangeCode(
      this.#step("callback: code exchange failed"),
      { flow, parameters, usePkce: this.#settings.use_pkce },
      exchange,
    );
    return this.#loginOf("callback", exchange, exchanged, signal);
  }

  async beginDevice(signal: AbortSignal): Promise<DeviceFlow> {
    const exchange = await this.#exchange("device", signal);
    if (exchange.discovered.metadata.device_authorization_endpoint === undefined) {
      throw new VexilError("VEXIL_NOT_FOUND", `device: provider ${this.#name} offers no logins by device code`);
    }
    const scope = this.#scope();
    try {
      const given = await this.#codes.asClient(exchange, (client) => initiateDeviceAuthorization(client, { scope }));
      return {
        deviceCode: given.device_code,
        userCode: given.user_code,
        verificationUri: given.verification_uri,
        verificationUriComplete: given.verification_uri_complete,
        expiresInS: given.expires_in,
        intervalS: given.interval ?? INTERVAL_S,
      };
    } catch (error) {
      throw faultOf(this.#step("device: no code was given"), error);
    }
  }

  async pollDevice(deviceCode: string, signal: AbortSignal): Promise<Login | "pending" | "slow_down"> {
    const exchange = await this.#exchange("device", signal);
    const exchanged = await this.#codes.exchangeDeviceCode(
      this.#step("device: code exchange failed"),
      deviceCode,
      exchange,
    );
    return typeof exchanged === "string" ? exchanged : this.#loginOf("device", exchange, exchanged, signal);
  }

  async #exchange(what: string, signal: AbortSignal): Promise<Exchange> {
    const discovered = await this.#client.discover(this.#step(`${what}: failed get provider`), signal);
    return {
      discovered,
      secret: await this.#secret(),
      algorithms: this.#settings.algorithms,
      clientOf: (authentication) => this.#client.of(discovered, signal, authentication),
    };
  }

  async #loginOf(
    what: string,
    { discovered }: Exchange,
    { idToken, accessToken, claims }: Exchanged,
    signal: AbortSignal,
  ): Promise<Login> {
    const known = this.#settings.fetch_extra_user_info
      ? {
          ...claims,
          ...(await this.#client.userInfo(
            this.#step(`${what}: user info failed`),
            discovered,
            { accessToken, subject: claims.sub },
            signal,
          )),
        }
      : claims;
    const attributes = attributesOf(known, this.#settings.claims_mapping);
    this.#checkEmail(this.#step(what), attributes.email, known.email_verified, claims.sub);
    const { sid, sub } = claims;
    return {
      identity: identityOf(this.#name, known, attributes),
      session: { issuer: this.#issuerUrl, sid: typeof sid === "string" ? sid : undefined, sub, idToken },
    };
  }

  /** @throws VexilError unless a login of before is of the same issuer, and its address is let in */
  recheck({ identity, session }: Login): void {
    if (session?.issuer !== this.#issuerUrl) {
      throw unauthenticated(this.#step("recheck"), "the session began at another issuer than issuer_url");
    }
    this.#checkEmail(this.#step("recheck"), identity.email, identity.claims.email_verified, identity.subject);
  }

  async endSession(session: ProviderSession, signal: AbortSignal): Promise<string | undefined> {
    if (!this.#settings.use_end_session_endpoint) return undefined;
    const discovered = await this.#client.discover(this.#step("revoke: failed get provider"), signal);
    if (discovered.metadata.end_session_endpoint === undefined) return undefined;
    return buildEndSessionUrl(this.#client.of(discovered, signal), {
      post_logout_redirect_uri: this.#redirectAddress,
      ...(session.idToken !== undefined && { id_token_hint: session.idToken }),
    }).href;
  }

  async backChannelLogout(token: string, signal: AbortSignal): Promise<EndedSessions> {
    const step = this.#step("revoke: failed get provider");
    return readLogoutToken(step, token, await this.#client.discover(step, signal), {
      issuer: this.#issuerUrl,
      audience: this.#clientId,
      algorithms: this.#settings.algorithms,
    });
  }

  frontChannelLogout(parameters: URLSearchParams): EndedSessions {
    const refused = (reason: string): VexilError => new VexilError("VEXIL_VALIDATION_REQUEST", `revoke: ${reason}`);
    if (!this.#settings.allow_front_channel_logout) throw refused("front-channel logout is not allowed");
    if (parameters.get("iss") !== this.#issuerUrl) throw refused("issuer mismatch");
    const sid = parameters.get("sid");
    if (!sid) throw refused("sid is missing");
    return { issuer: this.#issuerUrl, sid };
  }

  /** @throws VexilError unless the address is let in */
  #checkEmail(step: Step, email: string | undefined, emailVerified: unknown, subject: string): void {
    if (this.#emailRule.allows(email, emailVerified)) return;
    const reason = "the e-mail address is none of those that authentication.methods.oidc.email_matches lets in";
    throw unauthenticated(step, reason, subject);
  }

  #scope(): string {
    return [...new Set(["openid", ...this.#settings.scopes])].join(" ");
  }

  #secret(): Promise<string> {
    return currentValue(this.#settings.client_secret ?? new Secret(""), { refresh: false, logger: this.#logger });
  }

  #step(what: string): Step {
    return { what, provider: this.#name };
  }
}
