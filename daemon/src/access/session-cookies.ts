import { parse, type SerializeOptions, serialize } from "cookie";
import { TOKEN_COOKIE } from "./credential.js";

const STATE_COOKIE = "flipt_client_state";

/** Rules for the cookies of sessions. */
export interface CookieRules {
  readonly domain: string;
  readonly secure: boolean;
  readonly stateLifeMs: number;
}

/** The cookies of logins and sessions, as `Set-Cookie` and `Cookie` hold them. */
export class SessionCookies {
  readonly #rules: () => CookieRules;

  constructor(rules: () => CookieRules) {
    this.#rules = rules;
  }

  token(value: string, expiresAt: number): string {
    const options = { path: "/", sameSite: "strict", expires: new Date(expiresAt) } as const;
    return serialize(TOKEN_COOKIE, value, { ...this.#common(), ...options });
  }

  /** @param path of the callback, the only place where it is sent to */
  state(value: string, path: string): string {
    const expires = new Date(Date.now() + this.#rules().stateLifeMs);
    return serialize(STATE_COOKIE, value, { ...this.#common(), path, sameSite: "lax", expires });
  }

  /** Takes both away. A page within a frame of the provider's may do so, too, with `none`. */
  cleared(sameSite?: "none"): readonly string[] {
    return [TOKEN_COOKIE, STATE_COOKIE].flatMap((name) => {
      const options: SerializeOptions = { path: "/", maxAge: 0, ...(sameSite && { sameSite, secure: true }) };
      const domain = this.#domain();
      // The cookie was set for the domain: one without it is another cookie to the browser.
      return [serialize(name, "", { ...options, ...(domain && { domain }) })];
    });
  }

  stateOf(cookie: string | undefined): string | undefined {
    return cookie === undefined ? undefined : parse(cookie)[STATE_COOKIE];
  }

  #common(): SerializeOptions {
    const domain = this.#domain();
    return { httpOnly: true, secure: this.#rules().secure, ...(domain && { domain }) };
  }

  /** Browsers take no cookie for the domain `localhost`. */
  #domain(): string | undefined {
    const { domain } = this.#rules();
    return domain === "localhost" ? undefined : domain;
  }
}
