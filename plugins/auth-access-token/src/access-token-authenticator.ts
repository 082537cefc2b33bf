import { currentValue, type HttpAuthenticator, type Logger, type Secret } from "@vexil/plugin-api";

/** The user name that git forges take beside a token. */
const USER = "x-token-auth";

/** A token as the password of HTTP basic (RFC 7617), sent with the first request already. */
export class AccessTokenAuthenticator implements HttpAuthenticator {
  readonly type = "http";
  readonly refreshable: boolean;
  readonly #token: Secret;
  readonly #logger: Logger;

  constructor(token: Secret, logger: Logger) {
    this.#token = token;
    this.#logger = logger;
    this.refreshable = token.refreshable;
  }

  async headers(
    _origin: string,
    options: { readonly refresh: boolean },
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>> {
    signal.throwIfAborted();
    const token = await currentValue(this.#token, { refresh: options.refresh, logger: this.#logger });
    return { authorization: `Basic ${Buffer.from(`${USER}:${token}`).toString("base64")}` };
  }

  async close(): Promise<void> {}
}
