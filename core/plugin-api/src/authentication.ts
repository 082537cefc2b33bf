import type { Logger } from "./logger.js";

/**
 * The caller that a credential stands for. The method vouches for every value.
 * @example { subject: "ada", name: "Ada Lovelace", email: "ada@example.com", metadata: {}, claims: { groups: ["devs"] } }
 */
export interface Identity {
  /** Name within the method: a token's name, a `sub`, a login. Never a secret. */
  readonly subject: string;
  /** Name and address for commits; the host removes what a commit header cannot hold. */
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  /** Shown to the caller by `/auth/v1/self`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Verified claims, JSON values: what rights are bound to. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** From when on it does not hold any more, in milliseconds since 1970; undefined: until it is ended. */
  readonly expiresAt?: number | undefined;
}

/**
 * A credential as a request carries it: `Authorization: <scheme> <value>`, or the session cookie's value as `Bearer`. Of
 * `Certificate` the value is the certificate of the client's connection, in DER, base64: TLS has verified it, and no
 * header makes one.
 * @example { scheme: "JWT", value: "eyJhbGciOiJSUzI1NiIs…" }
 */
export interface PresentedCredential {
  readonly scheme: "Bearer" | "JWT" | "Certificate";
  readonly value: string;
}

/**
 * A login in progress. All of it follows from `state`, so that whichever daemon of a group gets the callback can go on.
 * @example url.searchParams.set("state", flow.state);
 */
export interface LoginFlow {
  /** One of {@link LoginMethod.providers}; undefined where there are none. */
  readonly provider: string | undefined;
  /** Where the provider sends the browser back to. */
  readonly state: string;
  readonly nonce: string;
  /** PKCE verifier (RFC 7636), 43 characters. */
  readonly codeVerifier: string;
}

/**
 * Facts about a login that its end needs.
 * @example { issuer: "https://id.example.com", sid: "08a5…", sub: "248289", idToken }
 */
export interface ProviderSession {
  readonly issuer?: string | undefined;
  readonly sid?: string | undefined;
  readonly sub?: string | undefined;
  /** For the hint of a logout at the provider; left out where it is too long to keep. */
  readonly idToken?: string | undefined;
}

/**
 * Result of a login.
 * @example { identity: { subject: "ada", metadata: {}, claims: {} }, session: { issuer, sid, sub } }
 */
export interface Login {
  readonly identity: Identity;
  readonly session?: ProviderSession | undefined;
}

/**
 * A login that a person finishes in a browser on any machine (RFC 8628).
 * @example { deviceCode, userCode: "WDJB-MJHT", verificationUri: "https://id.example.com/device", expiresInS: 600, intervalS: 5 }
 */
export interface DeviceFlow {
  /** Whoever has it gets the login: a secret of the device. */
  readonly deviceCode: string;
  /** Code that the person enters at the provider's page. */
  readonly userCode: string;
  readonly verificationUri: string;
  /** The same page, with the code in it. */
  readonly verificationUriComplete?: string | undefined;
  readonly expiresInS: number;
  /** Seconds between two questions about it. */
  readonly intervalS: number;
}

/**
 * Logs in devices that have no browser, by a code. Each call has 15 s.
 * @example { begin: async (provider) => askForCodes(provider), poll: async (provider, code) => redeem(provider, code) }
 */
export interface DeviceLogin {
  /** Those of {@link LoginMethod.providers} that have such logins; undefined: all of them. */
  readonly providers?: readonly string[] | undefined;
  /** @throws VexilError `VEXIL_NOT_FOUND` where the provider has no such logins */
  begin(provider: string | undefined, signal: AbortSignal): Promise<DeviceFlow>;
  /**
   * Asks how a login goes.
   * @returns the login; until the person has finished it, `"pending"`, or `"slow_down"` if asked too often
   * @throws VexilError `VEXIL_REFUSED_UNAUTHENTICATED` when nobody is logged in by this code any more
   */
  poll(provider: string | undefined, deviceCode: string, signal: AbortSignal): Promise<Login | "pending" | "slow_down">;
}

/** Sessions that a provider's logout ends: those that have all of the given values. */
export type EndedSessions = Pick<ProviderSession, "issuer" | "sid" | "sub">;

/**
 * Logs users in by sending their browsers to a provider and back. Each call has 15 s.
 * Errors: `VEXIL_REFUSED_UNAUTHENTICATED` for what the user or the provider did wrong, `VEXIL_VALIDATION_REQUEST` for a
 * request that makes no sense, `VEXIL_UNAVAILABLE_PROVIDER` when the provider cannot be asked.
 * @example { authorize: async ({ state }) => loginPage(state), callback: async (_flow, parameters) => redeem(parameters.get("code")) }
 */
export interface LoginMethod {
  /** Names that stand in the paths (`/auth/v1/method/<method>/<provider>/…`); undefined: the method is the provider. */
  readonly providers?: readonly string[] | undefined;
  /** @returns address to send the browser to */
  authorize(flow: LoginFlow, signal: AbortSignal): Promise<string>;
  /**
   * @param parameters of the callback's query; `state` has been checked
   * @throws VexilError when nobody is logged in
   */
  callback(flow: LoginFlow, parameters: URLSearchParams, signal: AbortSignal): Promise<Login>;
  readonly device?: DeviceLogin | undefined;
  /**
   * Judges a login of before by the settings in force: its session may have outlived those it began under.
   * @param login as `callback` has answered; the ID token may be missing
   * @throws VexilError VEXIL_REFUSED_UNAUTHENTICATED if it would not be let in any more
   */
  recheck?(provider: string | undefined, login: Login): Promise<void>;
  /** @returns where the browser is to go to end its session at the provider, too; undefined: nowhere */
  endSession?(provider: string | undefined, session: ProviderSession, signal: AbortSignal): Promise<string | undefined>;
  /** Reads a provider's signed logout token (back channel). @throws VexilError if it is not valid */
  backChannelLogout?(provider: string | undefined, token: string, signal: AbortSignal): Promise<EndedSessions>;
  /** Reads a logout by the browser (front channel). @throws VexilError if it is not allowed */
  frontChannelLogout?(
    provider: string | undefined,
    parameters: URLSearchParams,
  ): EndedSessions | Promise<EndedSessions>;
}

/**
 * A way to authenticate, as it was configured. It does at least one of `verify`, `login` and `exchange`.
 * @example { schemes: ["JWT"], verify: async ({ value }) => identityOf(await jwtVerify(value, keys)), close: async () => {} }
 */
export interface AuthenticationMethod {
  /** Schemes of credentials that `verify` is asked about. */
  readonly schemes?: readonly PresentedCredential["scheme"][] | undefined;
  /**
   * Verifies a credential; 10 s at most. The host keeps the answer for a while, at most until it expires or
   * {@link AuthenticationContext.invalidate} is called.
   * @returns undefined: it is none of this method's, or is not valid
   * @throws VexilError `VEXIL_REFUSED_UNAUTHENTICATED` when it is this method's and not valid: the message says why, to
   * the log alone; `VEXIL_UNAVAILABLE_PROVIDER` when it cannot be found out; the request is refused all the same
   */
  verify?(credential: PresentedCredential, signal: AbortSignal): Promise<Identity | undefined>;
  readonly login?: LoginMethod | undefined;
  /**
   * Turns a foreign credential into an identity (`POST /auth/v1/method/<method>/serviceaccount`); 15 s at most.
   * @throws VexilError `VEXIL_REFUSED_UNAUTHENTICATED`, `VEXIL_UNAVAILABLE_PROVIDER`
   */
  exchange?(credential: string, signal: AbortSignal): Promise<Identity>;
  /** Idempotent; 5 s at most. */
  close(): Promise<void>;
}

/**
 * Facts from the host for making a method.
 * @example async create(settings, { logger, signal }) { return openMethod(settings, logger, signal); }
 */
export interface AuthenticationContext {
  /** As the configuration names it: `authentication.methods.<method>`. */
  readonly method: string;
  /** Absolute path of the directory with the configuration file. */
  readonly configDirectory: string;
  readonly logger: Logger;
  /** Registers a text that must not be seen in the plugin's log lines and errors. */
  redact(secret: string): void;
  /** Tells that what `verify` answered so far may not hold any more (keys changed): all credentials are asked about anew. */
  invalidate(): void;
  readonly signal: AbortSignal;
}
